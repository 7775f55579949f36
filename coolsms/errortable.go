package coolsms

import (
	"net/http"
	"strings"
)

// ErrorInfo is all that this package knows about an error code.
type ErrorInfo struct {
	Code            ErrorCode
	Known           bool   // it is in the provider's tables
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

// ErrorCodes returns the codes of the provider's tables.
func ErrorCodes() []ErrorCode {
	codes := make([]ErrorCode, len(refusals))
	for i := range refusals {
		codes[i] = refusals[i].Code
	}
	return codes
}

// refusals is what is known of each code.
var refusals = [...]ErrorInfo{
	{InvalidAPIKey, true, http.StatusForbidden, "유효하지 않은 API Key", "The API key is unknown or not usable", RetryNo, ActionCheckKey},
	{SignatureDoesNotMatch, true, http.StatusForbidden, "서명 불일치", "The signature differs from the one the server computed", RetryNo, ActionCheckKey},
	{RequestTimeTooSkewed, true, http.StatusForbidden, "시간 차 15분 초과", "The date is more than 15 minutes from server time", RetryYes, ActionSetClock},
	{DuplicatedSignature, true, http.StatusForbidden, "서명 재사용", "The same signature was used within 15 minutes", RetryYes, ActionTryLater},
	{ValidationError, true, http.StatusBadRequest, "입력값 오류", "A path, query or body value is missing or malformed", RetryNo, ActionFixRequest},
	{FailedToAddMessage, true, http.StatusBadRequest, "메시지 접수 실패", "POST /messages/v4/send: the one message was refused; errorMessage holds the status message (e.g. for 1062)", RetryNo, ActionFixRequest},
	{InvalidStatusCode, true, http.StatusBadRequest, "접수 상태 오류", "POST /messages/v4/send (2018 documents): names the message and its status code", RetryNo, ActionFixRequest},
	{NotEnoughBalance, true, http.StatusPaymentRequired, "잔액 부족", "Not enough balance to send", RetryNo, ActionTopUp},
	{BalanceInsufficient, true, http.StatusPaymentRequired, "잔액 부족(캐시)", "Not enough balance (cash API)", RetryNo, ActionTopUp},
	{RecipientsTooMany, true, http.StatusRequestEntityTooLarge, "수신번호 10,000건 초과", "More than 10,000 recipients in one request", RetryNo, ActionSplit},
	{InvalidAppID, true, http.StatusBadRequest, "앱 아이디 오류", "Unknown appId", RetryNo, ActionFixRequest},
	{BlockedApp, true, http.StatusBadRequest, "차단된 앱", "The app is blocked", RetryNo, ActionAskProvider},
	{InDevelopment, true, http.StatusBadRequest, "개발중 앱", "The app is not released", RetryNo, ActionAskProvider},
	{InactiveApp, true, http.StatusBadRequest, "비활성 앱", "The app is inactive", RetryNo, ActionAskProvider},
	{ResourceNotFound, true, http.StatusNotFound, "리소스 없음", "No such group/resource, or it belongs to another account", RetryNo, ActionFixRequest},
	{DeletedGroup, true, http.StatusBadRequest, "삭제된 그룹", "Group was deleted", RetryNo, ActionNewGroup},
	{FailedGroup, true, http.StatusBadRequest, "실패한 그룹", "Group is in FAILED state", RetryNo, ActionNewGroup},
	{InvalidStatus, true, http.StatusBadRequest, "그룹 상태 오류", "Group is not in the state this call needs (send: PENDING; cancel: SCHEDULED)", RetryNo, ActionReadGroup},
	{InvalidGroupStatus, true, http.StatusBadRequest, "처리 불가 그룹", "Group state does not allow changing its messages", RetryNo, ActionReadGroup},
	{NotOperationalStatus, true, http.StatusBadRequest, "삭제 불가 상태", "Only PENDING groups can be deleted", RetryNo, ActionReadGroup},
	{InvalidScheduledDate, true, http.StatusBadRequest, "예약시각 오류", "Scheduled time is in the past or more than 6 months ahead", RetryNo, ActionFixRequest},
	{GroupInProcessing, true, http.StatusConflict, "발송중 그룹", "Group is already sending", RetryNo, ActionReadGroup},
	{ScheduledGroup, true, http.StatusConflict, "예약된 그룹", "Group is scheduled and cannot be sent now", RetryNo, ActionReadGroup},
	{AlreadySent, true, http.StatusConflict, "발송 완료 그룹", "Group has already been sent", RetryNo, ActionReadGroup},
	{Forbidden, true, http.StatusForbidden, "접근 불가", "Not allowed for this account or member", RetryNo, ActionCheckKey},
	{Unauthorized, true, http.StatusUnauthorized, "인증 없음", "No usable Authorization header", RetryNo, ActionCheckKey},
	{NotFound, true, http.StatusNotFound, "경로 없음", "Unknown path", RetryNo, ActionFixRequest},
	{TooManyRequests, true, http.StatusTooManyRequests, "요청 과다", "Too many requests", RetryYes, ActionTryLater},
	{InternalServerError, true, http.StatusInternalServerError, "서버 오류", "Provider error", RetryYes, ActionTryLater},
	{InvalidAccountID, true, http.StatusBadRequest, "계정 오류", "Invalid account id (cash API)", RetryNo, ActionFixRequest},
	{InvalidPaymentID, true, http.StatusBadRequest, "결제수단 오류", "Invalid payment id (cash API)", RetryNo, ActionFixRequest},
	{InvalidCountryID, true, http.StatusBadRequest, "국가코드 오류", "Invalid country (pricing API)", RetryNo, ActionFixRequest},
	{ImageNotFound, true, http.StatusNotFound, "이미지 없음", "No such image (old image API)", RetryNo, ActionFixRequest},
}
