package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// maxLegacyBody is how large a request of the legacy API may be.
const maxLegacyBody = 2 << 20

// legacyRoutes is the provider's older surface: /sms/2, /sms/1.5,
// /senderid/1.1 and /mo/1. It takes its parameters from the query or a form and
// answers JSON. Each path has one method; the other one is 400 InvalidMethod.
func (s *Sandbox) legacyRoutes(mux *http.ServeMux) {
	for pattern, e := range map[string]endpoint{
		"POST /sms/2/send":                          legacySend,
		"GET /sms/2/sent":                           legacySent,
		"POST /sms/2/cancel":                        legacyCancel,
		"GET /sms/2/balance":                        legacyBalance,
		"GET /sms/2/status":                         legacyStatus,
		"GET /sms/2/new_group":                      legacyNewGroup,
		"GET /sms/2/group_list":                     legacyGroupList,
		"POST /sms/2/delete_groups":                 legacyDeleteGroups,
		"GET /sms/2/groups/{id}":                    legacyGroup,
		"POST /sms/2/groups/{id}/add_messages":      legacyAddMessages,
		"POST /sms/2/groups/{id}/add_messages.json": legacyAddMessagesJSON,
		"GET /sms/2/groups/{id}/message_list":       legacyMessageList,
		"POST /sms/2/groups/{id}/delete_messages":   legacyDeleteMessages,
		"POST /sms/2/groups/{id}/send":              legacySendGroup,
		"POST /sms/2/upload_image":                  legacyUploadImage,
		"GET /sms/2/image_list":                     legacyImageList,
		"GET /sms/2/images/{id}":                    legacyImageInfo,
		"POST /sms/2/delete_images":                 legacyDeleteImages,

		"POST /sms/1.5/send":   legacySend,
		"GET /sms/1.5/sent":    legacySent,
		"POST /sms/1.5/cancel": legacyCancel,
		"GET /sms/1.5/balance": legacyBalance,
		"GET /sms/1.5/status":  legacyStatus,

		"POST /senderid/1.1/register":    legacyRegister,
		"POST /senderid/1.1/verify":      legacyVerify,
		"POST /senderid/1.1/delete":      legacyDeleteSender,
		"GET /senderid/1.1/list":         legacySenders,
		"POST /senderid/1.1/set_default": legacySetDefault,
		"GET /senderid/1.1/get_default":  legacyGetDefault,

		"GET /mo/1/list":    legacyReceived,
		"POST /mo/1/insert": legacyReceive,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(path, s.provider(func(c *call) (any, error) {
			if c.r.Method != method {
				return nil, errMethod
			}
			return e(c)
		}))
	}
	unknown := s.provider(func(*call) (any, error) { return nil, errNoLegacyResource })
	for _, prefix := range legacyPrefixes {
		mux.Handle(prefix, unknown)
		mux.Handle(strings.TrimSuffix(prefix, "/"), unknown) // or ServeMux would redirect
	}
}

var legacyPrefixes = [...]string{"/sms/", "/senderid/1.1/", "/mo/"}

// legacy reports whether a call belongs to the older surface.
func (c *call) legacy() bool {
	for _, prefix := range legacyPrefixes {
		if strings.HasPrefix(c.r.URL.Path+"/", prefix) {
			return true
		}
	}
	return false
}

// enter reads and authenticates a call. The legacy signature comes as a
// parameter, so there the body, which is small, is read first.
func (c *call) enter() error {
	if !c.legacy() {
		if err := c.s.authenticate(c.r.Header.Get("Authorization"), c.now); err != nil && !unsigned(c.r) {
			return err
		}
		return c.read()
	}
	if c.r.ContentLength > maxLegacyBody {
		return errLegacyTooLarge
	}
	if err := c.read(); err != nil {
		return err
	}
	if len(c.body) > maxLegacyBody {
		c.body = nil
		return errLegacyTooLarge
	}
	c.form = parseForm(c.r.URL.RawQuery, c.r.Header.Get("Content-Type"), c.body)
	c.body = c.form.forLog(c.body)
	return c.s.authenticateLegacy(c.form.fields, c.now)
}

// The codes of the legacy API that v4 does not have. G marks what was guessed.
var (
	errMethod           = &refusal{http.StatusBadRequest, "InvalidMethod", "허용되지 않는 메서드입니다."}
	errAlgorithm        = &refusal{http.StatusForbidden, "UnknownAlgorithm", "algorithm은 md5 또는 sha1이어야 합니다."}
	errMessageType      = &refusal{http.StatusBadRequest, "InvalidMessageType", "type은 SMS, LMS, MMS, ATA, CTA 중 하나여야 합니다."}
	errNoSuchMessage    = &refusal{http.StatusNotFound, "NoSuchMessage", "해당하는 메시지가 없습니다."}
	errNoLegacyResource = &refusal{http.StatusNotFound, "InvalidResource", "요청한 리소스가 없습니다."}
	errNoImage          = &refusal{http.StatusBadRequest, "NoImageInput", "이미지가 없습니다."}
	errNoText           = &refusal{http.StatusBadRequest, "NoMessageInput", "메시지 내용이 없습니다."}
	errImageType        = &refusal{http.StatusForbidden, "ImageTypeNotSupported", "이미지는 JPEG, PNG, GIF만 받습니다."}
	errImageSize        = &refusal{http.StatusRequestEntityTooLarge, "FileSizeTooBig", "이미지는 300KB까지 받습니다."}
	errImageResolution  = &refusal{http.StatusRequestEntityTooLarge, "ImageResolutionSizeTooBig", "이미지는 2048 x 2048까지 받습니다."}
	errTooManyLegacy    = &refusal{http.StatusRequestEntityTooLarge, "RecipientsTooMany", "한 번에 1,000건까지 보낼 수 있습니다."}
	errLegacyTooLarge   = &refusal{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "요청은 2MB까지 받을 수 있습니다."} // the code G
)

// legacyCodes are the names of v4 that the legacy API calls otherwise.
var legacyCodes = map[string]string{
	errInternal.code:   "InternalError",
	errNoResource.code: errNoLegacyResource.code,
	errNotFound.code:   errNoLegacyResource.code,
}

// inLegacyForm turns an error as v4 writes it, played faults included, into
// {"code": ..., "message": ...}.
func (a answer) inLegacyForm() answer {
	var v4 struct{ ErrorCode, ErrorMessage string }
	if a.code == "" || json.Unmarshal(a.body, &v4) != nil {
		return a
	}
	if code, ok := legacyCodes[a.code]; ok {
		a.code = code
	}
	a.body, _ = json.Marshal(struct { // two strings always encode
		Code    string `json:"code"`
		Message string `json:"message"`
	}{a.code, v4.ErrorMessage})
	return a
}
