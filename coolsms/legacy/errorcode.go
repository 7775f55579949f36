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
	Known           bool   // it is in the published table
	Status          int    // of HTTP, as documented; 0 for an unknown code
	Korean, English string // what it means
	Retry           Retry  // whether the same call may succeed later
	Action          Action // what the operator should do
}

// Info returns all that is known about the code, in whatever case it is
// written. About one that is in no table nobody knows whether another try is
// worth it; the provider is the one to ask.
func (c ErrorCode) Info() ErrorInfo {
	for _, e := range refusals {
		if strings.EqualFold(string(e.Code), string(c)) {
			return e
		}
	}
	return ErrorInfo{c, false, 0, "알 수 없는 오류 코드 " + string(c), "unknown error code " + string(c), RetryUnsure, ActionAskProvider}
}

// refusals is what is known of each code.
var refusals = [...]ErrorInfo{
	{InvalidAPIKey, true, 403, "유효하지 않은 API Key", "Unknown API key", RetryNo, ActionCheckKey},
	{SignatureDoesNotMatch, true, 403, "서명 불일치", "Signature differs", RetryNo, ActionCheckKey},
	{RequestTimeTooSkewed, true, 403, "시간 차 15분 초과", "timestamp more than 15 minutes off", RetryYes, ActionSetClock},
	{DuplicatedSignature, true, 403, "서명 재사용", "Same signature within 15 minutes", RetryYes, ActionTryLater},
	{UnknownAlgorithm, true, 403, "지원하지 않는 해시", "algorithm is not md5 or sha1", RetryNo, ActionFixRequest},
	{NotEnoughBalance, true, 402, "잔액 부족", "Not enough balance", RetryNo, ActionTopUp},
	{InvalidMethod, true, 400, "허용되지 않는 메서드", "GET used where POST is needed or the reverse", RetryNo, ActionFixRequest},
	{InvalidMessageType, true, 400, "잘못된 타입", "type is not a known message type", RetryNo, ActionFixRequest},
	{NoSuchMessage, true, 404, "메시지 없음", "No message matches", RetryNo, ActionCheckID},
	{InvalidResource, true, 404, "리소스 없음", "Unknown resource", RetryNo, ActionCheckID},
	{NoImageInput, true, 400, "이미지 미입력", "MMS without an image", RetryNo, ActionFixImage},
	{NoMessageInput, true, 400, "내용 미입력", "text is empty", RetryNo, ActionFixRequest},
	{ImageTypeNotSupported, true, 403, "이미지 형식 오류", "Image is not JPEG, PNG or GIF", RetryNo, ActionFixImage},
	{FileSizeTooBig, true, 413, "이미지 300KB 초과", "Image larger than 300 KB", RetryNo, ActionFixImage},
	{ImageResolutionSizeTooBig, true, 413, "해상도 초과", "Image larger than 2048 x 2048", RetryNo, ActionFixImage},
	{RecipientsTooMany, true, 413, "수신번호 1,000개 초과", "More than 1,000 recipients", RetryNo, ActionSplit},
	{InternalError, true, 500, "서버 오류", "Provider error", RetryYes, ActionTryLater},
}
