package legacy

// result is a row of the table.
type result struct {
	code            ResultCode
	korean, english string
	class           Class
	retry           Retry
	unreachable     bool
	action          Action
}

// results is what is known of each code, in the order of the codes. As data it
// costs nothing at start.
var results = [...]result{
	{"00", "정상", "Success (send: accepted; sent: delivered)", ClassDelivered, RetryNo, false, ActionNone},
	{"10", "잘못된 번호", "Wrong number", ClassUndelivered, RetryNo, true, ActionCheckNumber},
	{"11", "상위망 스팸", "Upstream classed as spam", ClassUndelivered, RetryNo, false, ActionFixText},
	{"12", "상위 서버 오류", "Upstream server error", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"13", "잘못된 필드값", "Bad field value", ClassRejected, RetryNo, false, ActionFixRequest},
	{"20", "계정 오류", "Unknown account or wrong credentials", ClassRejected, RetryNo, false, ActionCheckKey},
	{"21", "메시지 없음", "No such message id", ClassRejected, RetryNo, false, ActionCheckID},
	{"30", "잔량 없음", "No remaining balance", ClassRejected, RetryNo, false, ActionTopUp},
	{"31", "전송 불가", "Cannot be sent", ClassUndelivered, RetryUnsure, false, ActionAskProvider},
	{"32", "가입자 없음", "Number has no subscriber", ClassUndelivered, RetryNo, true, ActionCheckNumber},
	{"40", "전송시간 초과", "Timed out", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"41", "단말기 통화중", "Handset busy", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"42", "음영지역", "Out of coverage", ClassUndelivered, RetryYes, true, ActionTryLater},
	{"43", "전원 꺼짐", "Handset off", ClassUndelivered, RetryYes, true, ActionTryLater},
	{"44", "저장갯수 초과", "Handset store full", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"45", "일시 정지", "Service suspended", ClassUndelivered, RetryUnsure, true, ActionOtherNumber},
	{"46", "기타 단말기 문제", "Other handset problem", ClassUndelivered, RetryUnsure, false, ActionAskProvider},
	{"47", "착신거절", "Reception refused", ClassUndelivered, RetryNo, false, ActionOtherNumber},
	{"48", "알 수 없는 오류", "Unknown error", ClassUndelivered, RetryUnsure, false, ActionAskProvider},
	{"49", "형식 오류", "Format error", ClassUndelivered, RetryNo, false, ActionFixRequest},
	{"50", "SMS 불가 단말기", "Handset cannot receive SMS", ClassUndelivered, RetryNo, true, ActionOtherNumber},
	{"51", "호 불가", "Recipient cannot be reached", ClassUndelivered, RetryUnsure, true, ActionOtherNumber},
	{"52", "운영자 삭제", "Deleted by carrier operator", ClassUndelivered, RetryUnsure, false, ActionAskProvider},
	{"53", "큐 가득참", "Carrier queue full", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"54", "스팸", "Spam", ClassUndelivered, RetryNo, false, ActionFixText},
	{"55", "스팸 신고 번호", "Registered with the national no-spam registry", ClassUndelivered, RetryNo, false, ActionOtherNumber},
	{"56", "무선망 실패", "Radio network failure", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"57", "단말기 구간 실패", "Failure between network and handset", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"58", "경로 없음", "No route", ClassUndelivered, RetryUnsure, false, ActionAskProvider},
	{"60", "예약 취소", "Schedule cancelled (v1: also the result of mode=test)", ClassUndelivered, RetryNo, false, ActionNone},
	{"70", "미허가 IP", "Caller IP not allowed", ClassRejected, RetryNo, false, ActionAllowAddress},
	{"81", "게이트웨이 연결 실패", "Gateway connection failed", ClassUndelivered, RetryYes, false, ActionTryLater},
	{"82", "이미지 미입력", "Image missing", ClassRejected, RetryNo, false, ActionFixImage},
	{"83", "수신번호 미입력", "Recipient missing", ClassRejected, RetryNo, false, ActionFixRequest},
	{"84", "발신번호 미입력", "Sender missing", ClassRejected, RetryNo, false, ActionFixRequest},
	{"85", "내용 미입력", "Text missing", ClassRejected, RetryNo, false, ActionFixRequest},
	{"86", "미지원 이미지", "Unsupported image type", ClassRejected, RetryNo, false, ActionFixImage},
	{"99", "전송 대기", "Waiting", ClassPending, RetryNo, false, ActionWait},
}
