package coolsms

// Retry says whether the same thing may succeed when it is tried again later,
// without anybody changing something.
type Retry string

// The retry classes.
const (
	RetryNo     Retry = "no"
	RetryYes    Retry = "yes"
	RetryUnsure Retry = "unsure" // nobody knows; a try or two may be worth it
)

// Action is what the one who runs the service should do about a status or an
// error.
type Action string

// The actions.
const (
	ActionNone           Action = "none"
	ActionWait           Action = "wait"
	ActionTryLater       Action = "try_later"
	ActionFixRequest     Action = "fix_request"
	ActionFixText        Action = "fix_text"
	ActionFixKakao       Action = "fix_kakao"
	ActionUseSMS         Action = "use_sms"
	ActionOtherNumber    Action = "other_number"
	ActionRegisterSender Action = "register_sender"
	ActionTopUp          Action = "top_up"
	ActionCheckKey       Action = "check_key"
	ActionSetClock       Action = "set_clock"
	ActionSplit          Action = "split"
	ActionReadGroup      Action = "read_group"
	ActionNewGroup       Action = "new_group"
	ActionAskProvider    Action = "ask_provider"
)

// advice is each action in a Korean and an English sentence.
var advice = map[Action]struct{ korean, english string }{
	ActionNone:           {"할 일이 없습니다.", "Nothing has to be done."},
	ActionWait:           {"결과가 올 때까지 기다리세요.", "Wait for the report."},
	ActionTryLater:       {"잠시 뒤에 다시 시도하세요.", "Try again after a while."},
	ActionFixRequest:     {"요청 값을 고친 뒤 다시 보내세요.", "Correct the request; the same one fails again."},
	ActionFixText:        {"본문이나 제목을 고친 뒤 다시 보내세요.", "Change the text or the subject; the same one fails again."},
	ActionFixKakao:       {"카카오 채널, 템플릿, 버튼을 확인하세요.", "Check the Kakao channel, the template and its buttons."},
	ActionUseSMS:         {"카카오톡 대신 문자로 보내세요.", "Send a text message instead of a Kakao message."},
	ActionOtherNumber:    {"받는 분에게 다른 번호를 요청하거나 수신 차단을 풀도록 안내하세요.", "Ask for another number, or for the block on this one to be lifted."},
	ActionRegisterSender: {"문자 서비스 콘솔에서 발신번호를 등록하거나 갱신하세요.", "Register the sender number, or renew it, in the provider's console."},
	ActionTopUp:          {"문자 서비스 콘솔에서 잔액을 충전하세요.", "Charge the account in the provider's console."},
	ActionCheckKey:       {"API 키와 비밀키, 키의 허용 IP 목록과 권한을 확인하세요.", "Check the API key and its secret, the addresses it may be used from, and its permissions."},
	ActionSetClock:       {"이 컴퓨터의 시계를 맞추세요.", "Set this machine's clock."},
	ActionSplit:          {"받는 번호를 나누어 여러 번 보내세요.", "Split the recipients over several requests."},
	ActionReadGroup:      {"그룹을 조회하여 상태를 확인하세요. 다시 보내지 마세요.", "Read the group to see where it stands; do not send again."},
	ActionNewGroup:       {"새 그룹을 만들어 보내세요.", "Make a new group."},
	ActionAskProvider:    {"문자 서비스 고객센터에 문의하세요.", "Ask the provider's support."},
}

// Korean returns the advice in a Korean sentence.
func (a Action) Korean() string { return advice[a].korean }

// English returns the advice in an English sentence.
func (a Action) English() string { return advice[a].english }
