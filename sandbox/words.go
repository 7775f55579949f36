package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// language is an index into the pairs of words.
type language int

const (
	ko language = iota
	en
)

// words are all texts of the page, Korean and English.
var words = map[string][2]string{
	"lang":        {"ko", "en"},
	"lang.other":  {"English", "한국어"},
	"lang.switch": {"en", "ko"},
	"title":       {"문자함 · Sinpyo", "Inbox · Sinpyo"},
	"dev":         {"개발 모드", "Development mode"},
	"dev.text":    {"문자는 실제로 보내지 않아요. 여기가 받는 휴대폰이에요", "No text really leaves. This is the phone that gets them"},
	"name":        {"문자함", "Inbox"},
	"name.sub":    {"CoolSMS를 흉내 내요", "Stands in for CoolSMS"},
	"to":          {"받는 번호", "Phone"},
	"phones":      {"휴대폰 고르기", "Choose phones"},
	"beside":      {"%s 나란히 보기", "Show %s beside"},
	"away":        {"%s 빼기", "Take %s away"},
	"more":        {"그 밖에 %s대", "%s more"},
	"find":        {"찾기", "Search"},
	"find.what":   {"번호, 글, 상태 코드", "Number, text, status code"},
	"find.of":     {"찾는 말", "Searched for"},
	"found":       {"문자 %s건, 휴대폰 %s대", "%s texts on %s phones"},
	"find.end":    {"모두 보기", "Show all"},
	"find.none":   {"맞는 문자가 없어요", "No text matches"},
	"find.hint":   {"번호의 일부나 문자에 있는 말로 찾아보세요", "Try part of a number or a word of the text"},
	"balance":     {"잔액", "Balance"},
	"clear":       {"모두 지우기", "Clear all"},
	"phone":       {"휴대폰", "Phone"},
	"copy":        {"%s 복사", "Copy %s"},
	"copied":      {"복사했어요", "Copied"},
	"copy.failed": {"번호를 직접 골라 주세요", "Select it by hand"},
	"bytes":       {"%d바이트", "%d bytes"},
	"lost":        {"여기 닿지 못한 문자 1건", "1 text did not arrive"},
	"onway":       {"문자 1건이 오는 중이에요", "1 text is on its way"},
	"empty":       {"이 휴대폰에 온 문자가 여기 보여요", "Texts to this phone appear here"},
	"empty.how":   {"CoolSMS 대신 이 주소로 보내면 바로 도착해요", "Send to this address in place of CoolSMS"},
	"try":         {"시험 문자 받기", "Receive a test text"},
	"try.text":    {"[신표] 인증번호 %s", "[Sinpyo] Your code is %s"},
	"faults":      {"일부러 어긋나게 하기", "Make things go wrong"},
	"faults.sub":  {"누르면 다음 3번에 적용돼요", "Applies to the next 3"},
	"on":          {"켜기", "Turn on"},
	"left":        {"%d번 남음", "%d left"},
	"armed":       {"켜짐", "On"},
	"disarm":      {"끄기", "Turn off"},
	"log":         {"요청 기록", "Requests"},
	"live":        {"실시간", "Live"},
	"count":       {"%s건", "%s"},
	"col.time":    {"때", "Time"},
	"col.method":  {"방법", "Method"},
	"col.path":    {"경로", "Path"},
	"col.answer":  {"답", "Answer"},
	"col.ms":      {"밀리초", "ms"},
	"col.meaning": {"뜻", "Meaning"},
	"cut":         {"연결 끊음", "Cut"},
	"call.host":   {"주소", "Host"},
	"call.auth":   {"서명", "Signature"},
	"call.query":  {"물음", "Query"},
	"call.body":   {"보낸 본문", "Request body"},
	"call.reply":  {"돌려준 답", "Answer"},
	"call.lost":   {"닿지 못한 답", "Answer nobody got"},
	"call.none":   {"본문 없음", "No body"},
	"log.empty":   {"CoolSMS로 보낸 요청이 여기 쌓여요", "Calls to the provider gather here"},
	"log.how":     {"문자를 한 번 보내 보세요", "Send a text to see one"},
	"log.none":    {"맞는 요청이 없어요", "No request matches"},
	"reload":      {"새로 고침", "Reload"},
	"won":         {"%s원", "KRW %s"},

	"fault.carrier":     {"통신사 거절", "Carrier refuses"},
	"fault.carrier.sub": {"3043 전원 꺼짐으로 답해요", "3043, phone switched off"},
	"fault.late":        {"늦은 결과", "Late report"},
	"fault.late.sub":    {"결과를 30초 늦춰요", "The report takes 30 s"},
	"fault.lost":        {"답 유실", "Lost answer"},
	"fault.lost.sub":    {"보낸 뒤 연결을 끊어요", "Cut after the send"},
	"fault.cut":         {"연결 끊기", "Reset"},
	"fault.cut.sub":     {"보내기 전에 끊어요", "Cut before the send"},
	"fault.server":      {"서버 오류", "Server error"},
	"fault.server.sub":  {"503을 돌려줘요", "Answers 503"},
	"fault.money":       {"잔액 없음", "Empty balance"},
	"fault.money.sub":   {"잔액을 0원으로 바꿔요", "Sets the balance to 0"},
	"fault.slow":        {"늦은 답", "Slow answer"},
	"fault.slow.sub":    {"답을 5초 늦춰요", "Answers after 5 s"},
	"fault.garbage":     {"깨진 답", "Broken answer"},
	"fault.garbage.sub": {"JSON이 아닌 답을 줘요", "Not JSON"},
	"hit.status":        {"일부러 낸 오류", "error on purpose"},
	"hit.delay":         {"일부러 늦춘 답", "slowed on purpose"},
	"hit.reset":         {"보내기 전 끊음", "cut before effect"},
	"hit.drop_reply":    {"답 유실", "answer lost"},
	"hit.garbage":       {"깨진 답", "broken answer"},
	"hit.slow_body":     {"천천히 흘린 답", "dripped answer"},

	"hit.webhook_duplicate": {"두 번 부르는 웹훅", "webhook called twice"},
	"hit.webhook_reorder":   {"순서가 바뀌는 웹훅", "webhook out of order"},
	"hit.webhook_late":      {"늦게 부르는 웹훅", "webhook called late"},
	"hit.webhook_lose":      {"부르지 않는 웹훅", "webhook never called"},
	"hit.webhook_forge":     {"비밀이 틀린 웹훅", "webhook with a wrong secret"},

	"note.created":        {"빈 그룹 만듦", "empty group made"},
	"note.put":            {"%d건 담음", "%d put in"},
	"note.refused":        {"%d건 거절", "%d refused"},
	"note.accepted":       {"%d건 접수", "%d accepted"},
	"note.scheduled":      {"%d건 예약", "%d scheduled"},
	"note.cancelled":      {"예약 취소", "schedule cancelled"},
	"note.deleted":        {"그룹 지움", "group deleted"},
	"note.removed":        {"%d건 뺌", "%d taken out"},
	"note.read.PENDING":   {"아직 보내지 않았음을 확인", "seen: not sent yet"},
	"note.read.SCHEDULED": {"예약을 확인", "seen: scheduled"},
	"note.read.SENDING":   {"이미 보냈음을 확인", "seen: already sent"},
	"note.read.COMPLETE":  {"이미 보냈음을 확인", "seen: already sent"},
	"note.read.FAILED":    {"실패를 확인", "seen: failed"},
	"note.read.DELETED":   {"지워졌음을 확인", "seen: deleted"},
	"note.listed":         {"문자 %d건 조회", "%d texts read"},
	"note.listed.groups":  {"그룹 %d개 조회", "%d groups read"},
	"note.balance":        {"%s", "%s"},
	"note.senders":        {"발신번호 %d개", "%d sender numbers"},
	"note.hook":           {"웹훅을 바꿈", "Webhook changed"},
	"note.hooks":          {"웹훅 %d개 조회", "Listed %d webhooks"},
}

// say returns a text in a language, with its values put in.
func (l language) say(key string, args ...any) string {
	pair, ok := words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return pair[l]
	}
	return fmt.Sprintf(pair[l], args...)
}

// status returns the words of a message status code.
func (l language) status(code string) string {
	pair, ok := statusWords[code]
	if !ok {
		return ""
	}
	return strings.TrimSpace(pair[l])
}

// money writes won: 10,000원, KRW 10,000.
func (l language) money(won int64) string { return l.say("won", thousands(won)) }

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// meaning says what a logged call did, in a few words.
func (l language) meaning(e *entry) string {
	if e.fault != "" {
		return l.say("hit." + e.fault)
	}
	if e.code != "" {
		return e.code
	}
	switch e.note.key {
	case "":
		return ""
	case "note.balance":
		return l.money(e.note.n)
	case "note.created", "note.cancelled", "note.deleted", "note.hook":
		return l.say(e.note.key)
	}
	if strings.HasPrefix(e.note.key, "note.read.") {
		return l.say(e.note.key)
	}
	text := l.say(e.note.key, e.note.n)
	if e.note.m > 0 {
		text += ", " + l.say("note.refused", e.note.m)
	}
	return text
}
