package legacy

import "strings"

// ErrorCode is the provider's name for a refusal. Values that are not among the
// constants are kept as they came.
type ErrorCode string

// The codes of the legacy API.
const (
	InvalidAPIKey             ErrorCode = "InvalidAPIKey"
	SignatureDoesNotMatch     ErrorCode = "SignatureDoesNotMatch"
	RequestTimeTooSkewed      ErrorCode = "RequestTimeTooSkewed" // the clocks differ by more than 15 minutes
	DuplicatedSignature       ErrorCode = "DuplicatedSignature"  // seen within the last 15 minutes
	UnknownAlgorithm          ErrorCode = "UnknownAlgorithm"
	NotEnoughBalance          ErrorCode = "NotEnoughBalance"
	InvalidMethod             ErrorCode = "InvalidMethod"
	InvalidMessageType        ErrorCode = "InvalidMessageType"
	NoSuchMessage             ErrorCode = "NoSuchMessage" // also of a search that finds nothing
	InvalidResource           ErrorCode = "InvalidResource"
	NoImageInput              ErrorCode = "NoImageInput"
	NoMessageInput            ErrorCode = "NoMessageInput"
	ImageTypeNotSupported     ErrorCode = "ImageTypeNotSupported"
	FileSizeTooBig            ErrorCode = "FileSizeTooBig"            // more than 300 KB
	ImageResolutionSizeTooBig ErrorCode = "ImageResolutionSizeTooBig" // more than 2048 x 2048
	RecipientsTooMany         ErrorCode = "RecipientsTooMany"         // more than 1,000 in one request
	InternalError             ErrorCode = "InternalError"
)

// ErrorInfo is what is known of an [ErrorCode].
type ErrorInfo struct {
	Code            ErrorCode
	Status          int    // of HTTP, as documented; 0 for a code that the table does not have
	Korean, English string // the meaning; "" and that it is unknown for a code that the table does not have
	Class           Class
	Retry           Retry

	// Action tells the operator what to do about it, in English and in Korean.
	Action, ActionKorean string
}

// Info returns what is known of the code; upper and lower case are the same.
func (c ErrorCode) Info() ErrorInfo {
	for _, r := range refusals {
		if strings.EqualFold(string(r.code), string(c)) {
			return ErrorInfo{
				Code: r.code, Status: r.status, Korean: r.korean, English: r.english, Class: ClassRejected, Retry: r.retry,
				Action: actions[r.action].english, ActionKorean: actions[r.action].korean,
			}
		}
	}
	return ErrorInfo{
		Code: c, English: "unknown error code " + string(c), Class: ClassRejected, Retry: RetryUnknown,
		Action: actions[askProvider].english, ActionKorean: actions[askProvider].korean,
	}
}

// refusals is what is known of each code.
var refusals = [...]struct {
	code            ErrorCode
	status          int
	korean, english string
	retry           Retry
	action          action
}{
	{InvalidAPIKey, 403, "유효하지 않은 API Key", "Unknown API key", RetryNo, checkKey},
	{SignatureDoesNotMatch, 403, "서명 불일치", "Signature differs", RetryNo, checkKey},
	{RequestTimeTooSkewed, 403, "시간 차 15분 초과", "timestamp more than 15 minutes off", RetryYes, setClock},
	{DuplicatedSignature, 403, "서명 재사용", "Same signature within 15 minutes", RetryYes, signAnew},
	{UnknownAlgorithm, 403, "지원하지 않는 해시", "algorithm is not md5 or sha1", RetryNo, fixRequest},
	{NotEnoughBalance, 402, "잔액 부족", "Not enough balance", RetryNo, topUp},
	{InvalidMethod, 400, "허용되지 않는 메서드", "GET used where POST is needed or the reverse", RetryNo, fixRequest},
	{InvalidMessageType, 400, "잘못된 타입", "type is not a known message type", RetryNo, fixRequest},
	{NoSuchMessage, 404, "메시지 없음", "No message matches", RetryNo, checkID},
	{InvalidResource, 404, "리소스 없음", "Unknown resource", RetryNo, checkID},
	{NoImageInput, 400, "이미지 미입력", "MMS without an image", RetryNo, checkImage},
	{NoMessageInput, 400, "내용 미입력", "text is empty", RetryNo, fixRequest},
	{ImageTypeNotSupported, 403, "이미지 형식 오류", "Image is not JPEG, PNG or GIF", RetryNo, checkImage},
	{FileSizeTooBig, 413, "이미지 300KB 초과", "Image larger than 300 KB", RetryNo, checkImage},
	{ImageResolutionSizeTooBig, 413, "해상도 초과", "Image larger than 2048 x 2048", RetryNo, checkImage},
	{RecipientsTooMany, 413, "수신번호 1,000개 초과", "More than 1,000 recipients", RetryNo, fewer},
	{InternalError, 500, "서버 오류", "Provider error", RetryYes, tryLater},
}
