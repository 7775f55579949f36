package sandbox

import "net/http"

// refusal is a call answered with an error: HTTP status, errorCode, and a
// Korean sentence. The provider's own sentences are not documented, so nothing
// may depend on these.
type refusal struct {
	status  int
	code    string
	message string
}

func (e *refusal) Error() string { return e.code + ": " + e.message }

// because returns the same refusal with another sentence.
func (e *refusal) because(message string) *refusal {
	return &refusal{e.status, e.code, message}
}

// The errorCodes of API v4 that this account can answer.
var (
	errInvalidKey    = &refusal{http.StatusForbidden, "InvalidAPIKey", "유효하지 않은 API Key입니다."}
	errSignature     = &refusal{http.StatusForbidden, "SignatureDoesNotMatch", "서명이 일치하지 않습니다."}
	errSkewed        = &refusal{http.StatusForbidden, "RequestTimeTooSkewed", "요청 시각이 서버 시각과 15분 넘게 차이 납니다."}
	errReplayed      = &refusal{http.StatusForbidden, "DuplicatedSignature", "이미 사용된 서명입니다."}
	errUnauthorized  = &refusal{http.StatusUnauthorized, "Unauthorized", "인증 정보를 읽을 수 없습니다."} // G
	errValidation    = &refusal{http.StatusBadRequest, "ValidationError", "입력값이 올바르지 않습니다."}
	errFailedToAdd   = &refusal{http.StatusBadRequest, "FailedToAddMessage", "메시지를 접수하지 못했습니다."}
	errStatusCode    = &refusal{http.StatusBadRequest, "InvalidStatusCode", "메시지를 접수하지 못했습니다."}
	errBalance       = &refusal{http.StatusPaymentRequired, "NotEnoughBalance", "잔액이 부족합니다."}
	errTooMany       = &refusal{http.StatusRequestEntityTooLarge, "RecipientsTooMany", "한 번에 10,000건까지 보낼 수 있습니다."}
	errTooLarge      = &refusal{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "요청은 15MB까지 받을 수 있습니다."} // G
	errNoResource    = &refusal{http.StatusNotFound, "ResourceNotFound", "요청한 리소스가 없습니다."}
	errNoMessage     = &refusal{http.StatusBadRequest, "ResourceNotFound", "요청한 메시지가 그룹에 없습니다."}
	errNotFound      = &refusal{http.StatusNotFound, "NotFound", "없는 경로입니다."} // G
	errGroupBusy     = &refusal{http.StatusConflict, "GroupInProcessing", "발송 중인 그룹입니다."}
	errScheduled     = &refusal{http.StatusConflict, "ScheduledGroup", "예약된 그룹입니다."}
	errAlreadySent   = &refusal{http.StatusConflict, "AlreadySent", "이미 발송한 그룹입니다."}
	errDeletedGroup  = &refusal{http.StatusBadRequest, "DeletedGroup", "삭제된 그룹입니다."}
	errFailedGroup   = &refusal{http.StatusBadRequest, "FailedGroup", "실패한 그룹입니다."}
	errStatus        = &refusal{http.StatusBadRequest, "InvalidStatus", "그룹 상태가 맞지 않습니다."}
	errGroupStatus   = &refusal{http.StatusBadRequest, "InvalidGroupStatus", "메시지를 바꿀 수 없는 그룹입니다."}
	errNotOperable   = &refusal{http.StatusBadRequest, "NotOperationalStatus", "대기 중인 그룹만 지울 수 있습니다."}
	errScheduledDate = &refusal{http.StatusBadRequest, "InvalidScheduledDate", "예약 시각은 지금부터 6개월 안이어야 합니다."}
	errForbiddenHost = &refusal{http.StatusForbidden, "Forbidden", "이 주소는 localhost로만 열 수 있습니다. Open it as localhost."}
	errInternal      = &refusal{http.StatusInternalServerError, "InternalServerError", "서버 오류입니다."}
)
