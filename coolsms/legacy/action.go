package legacy

// action is what an operator can do about a code.
type action uint8

const (
	nothing action = iota
	checkNumber
	checkText
	checkKey
	checkID
	checkImage
	allowAddress
	topUp
	tryLater
	otherNumber
	setClock
	signAnew
	fixRequest
	fewer
	askProvider
)

// actions has the sentences in two languages. As data it costs nothing at
// start.
var actions = [...]struct{ english, korean string }{
	nothing:      {"", ""},
	checkNumber:  {"Check the recipient's number.", "수신번호를 확인하세요."},
	checkText:    {"Change the text: it was taken for spam.", "스팸으로 분류됐으니 문구를 바꾸세요."},
	checkKey:     {"Check the API key and its secret in the CoolSMS console, and that this machine's address may use the key.", "CoolSMS 콘솔에서 API Key와 Secret을 확인하고, 이 서버의 IP가 허용돼 있는지 보세요."},
	checkID:      {"Check the id: it belongs to another account, is mistyped or too old.", "아이디를 확인하세요. 다른 계정의 것이거나, 잘못됐거나, 오래된 것일 수 있어요."},
	checkImage:   {"Give a JPEG, PNG or GIF of at most 300 KB and 2048 x 2048 pixels.", "300KB, 2048 x 2048 이하의 JPEG, PNG, GIF를 쓰세요."},
	allowAddress: {"Allow this machine's address in the CoolSMS console.", "CoolSMS 콘솔에서 이 서버의 IP를 허용하세요."},
	topUp:        {"Charge the account in the CoolSMS console.", "CoolSMS 콘솔에서 잔액을 충전하세요."},
	tryLater:     {"Try again later.", "잠시 뒤에 다시 시도하세요."},
	otherNumber:  {"Ask the recipient for another number, or to lift the block.", "다른 번호를 쓰거나 수신 차단을 풀도록 안내하세요."},
	setClock:     {"Set this machine's clock.", "서버의 시계를 맞추세요."},
	signAnew:     {"Sign every request anew, with a salt of its own.", "요청마다 새 salt로 다시 서명하세요."},
	fixRequest:   {"Correct the request: a value is missing or wrong.", "요청을 고치세요. 빠졌거나 잘못된 값이 있어요."},
	fewer:        {"Send to at most 1,000 recipients at once.", "한 번에 1,000건 이하로 보내세요."},
	askProvider:  {"Ask the provider; name the message or the time of the call.", "메시지 아이디나 호출 시각을 알려 CoolSMS에 문의하세요."},
}
