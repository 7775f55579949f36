package legacy

// Retry says whether the same may succeed when it is tried again.
type Retry string

// The answers.
const (
	RetryNo     Retry = "no"
	RetryYes    Retry = "yes"
	RetryUnsure Retry = "unknown" // nobody knows
)

// Action is what the one who runs the service should do about a result or an
// error.
type Action string

// The actions.
const (
	ActionNone         Action = "none"
	ActionWait         Action = "wait"
	ActionTryLater     Action = "try_later"
	ActionFixRequest   Action = "fix_request"
	ActionFixText      Action = "fix_text"
	ActionFixImage     Action = "fix_image"
	ActionCheckNumber  Action = "check_number"
	ActionOtherNumber  Action = "other_number"
	ActionCheckID      Action = "check_id"
	ActionTopUp        Action = "top_up"
	ActionCheckKey     Action = "check_key"
	ActionAllowAddress Action = "allow_address"
	ActionSetClock     Action = "set_clock"
	ActionSplit        Action = "split"
	ActionAskProvider  Action = "ask_provider"
)

// advice is each action in a Korean and an English sentence. As data it costs
// nothing at start.
var advice = [...]struct {
	action          Action
	korean, english string
}{
	{ActionNone, "할 일이 없습니다.", "Nothing has to be done."},
	{ActionWait, "결과가 올 때까지 기다리세요.", "Wait for the report."},
	{ActionTryLater, "잠시 뒤에 다시 시도하세요.", "Try again after a while."},
	{ActionFixRequest, "요청 값을 고친 뒤 다시 보내세요.", "Correct the request; the same one fails again."},
	{ActionFixText, "스팸으로 분류되었으니 문구를 바꾼 뒤 다시 보내세요.", "Change the text: it was taken for spam."},
	{ActionFixImage, "300KB, 2048 x 2048 이하의 JPEG, PNG, GIF를 쓰세요.", "Give a JPEG, PNG or GIF of at most 300 KB and 2048 x 2048 pixels."},
	{ActionCheckNumber, "수신번호를 확인하세요.", "Check the recipient's number."},
	{ActionOtherNumber, "받는 분에게 다른 번호를 요청하거나 수신 차단을 풀도록 안내하세요.", "Ask for another number, or for the block on this one to be lifted."},
	{ActionCheckID, "아이디나 주소를 확인하세요. 다른 계정의 것이거나 오래된 것일 수 있습니다.", "Check the id or the path: it may be of another account, or too old."},
	{ActionTopUp, "문자 서비스 콘솔에서 잔액을 충전하세요.", "Charge the account in the provider's console."},
	{ActionCheckKey, "API 키와 비밀키, 키의 허용 IP 목록을 확인하세요.", "Check the API key and its secret, and the addresses it may be used from."},
	{ActionAllowAddress, "문자 서비스 콘솔에서 이 서버의 IP를 허용하세요.", "Allow this machine's address in the provider's console."},
	{ActionSetClock, "이 컴퓨터의 시계를 맞추세요.", "Set this machine's clock."},
	{ActionSplit, "한 번에 1,000건 이하로 나누어 보내세요.", "Split the recipients: at most 1,000 in one request."},
	{ActionAskProvider, "메시지 아이디나 호출 시각을 알려 문자 서비스 고객센터에 문의하세요.", "Ask the provider's support; name the message or the time of the call."},
}

// Korean returns the advice in a Korean sentence.
func (a Action) Korean() string {
	for i := range advice {
		if advice[i].action == a {
			return advice[i].korean
		}
	}
	return ""
}

// English returns the advice in an English sentence.
func (a Action) English() string {
	for i := range advice {
		if advice[i].action == a {
			return advice[i].english
		}
	}
	return ""
}
