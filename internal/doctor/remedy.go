package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/sinpyo/sinpyo/coolsms"
)

// The remedies for refusals by code. The provider writes InvalidAPIKey in two
// ways, so codes are compared without case.
var remedies = map[string]Remedy{
	"invalidapikey": Cure(
		"the key is wrong, was deleted or switched off; or it is right, and this machine's address is not on the key's list of allowed addresses",
		"look at API Key 관리 in the provider's console: correct coolsms.api_key, or add the address this machine calls from to the key's list",
		"키가 틀렸거나, 지워졌거나, 꺼져 있어요. 맞는 키라면 이 서버의 주소가 키의 허용 목록에 없어요",
		"CoolSMS 콘솔의 API Key 관리에서 coolsms.api_key를 바로잡거나, 이 서버가 나가는 주소를 키의 허용 목록에 더하세요",
	),
	"signaturedoesnotmatch": Cure(
		"the secret is not the one that belongs to the key",
		"put the secret into SINPYO_COOLSMS_API_SECRET_FILE again; if it is lost, make a new pair in the provider's console",
		"비밀값이 이 키의 것이 아니에요",
		"SINPYO_COOLSMS_API_SECRET_FILE에 비밀값을 다시 넣으세요. 잃어버렸다면 CoolSMS 콘솔에서 새 키를 만드세요",
	),
	"requesttimetooskewed": Cure(
		"this machine's clock is more than 15 minutes off",
		"set the clock and keep it set: timedatectl set-ntp true",
		"이 서버의 시계가 15분 넘게 틀려요",
		"시계를 맞추고 계속 맞게 두세요: timedatectl set-ntp true",
	),
	"duplicatedsignature": Cure(
		"the provider has seen the same request before: something between here and there repeats requests",
		"try again; if it stays, look for a proxy that repeats what it carries",
		"CoolSMS가 같은 요청을 이미 받았어요. 중간에서 무언가가 요청을 되풀이해요",
		"다시 해 보세요. 그래도 같으면 요청을 되풀이하는 프록시를 찾으세요",
	),
	"unauthorized": Cure(
		"the provider has seen no signature: something between here and there takes the Authorization header away",
		"let requests to the provider pass the proxy unchanged, or go around it",
		"CoolSMS에 서명이 닿지 않았어요. 중간에서 무언가가 Authorization 헤더를 지워요",
		"CoolSMS로 가는 요청을 프록시가 그대로 지나가게 하거나 프록시를 거치지 마세요",
	),
	"forbidden": Cure(
		"the key's member may not do this",
		"give the member of the key that permission in the provider's console, or make a key of its owner",
		"키의 구성원에게 그 권한이 없어요",
		"CoolSMS 콘솔에서 키의 구성원에게 권한을 주거나, 소유자의 키를 만드세요",
	),
}

// The remedies that checks name, too.
var (
	ClockRemedy      = remedies["requesttimetooskewed"]
	PermissionRemedy = remedies["forbidden"]

	// NoMoney is the remedy for an account that cannot pay.
	NoMoney = Cure("the account has too little money", "charge the account in the provider's console; sinpyo balance shows what is left",
		"계정에 돈이 모자라요", "CoolSMS 콘솔에서 충전하세요. 남은 돈은 sinpyo balance로 봐요")
)

// RemedyOf returns the remedy for a failed call of the provider, or none.
func RemedyOf(err error) Remedy {
	var refused *coolsms.APIError
	var lost *coolsms.CallError
	var message *coolsms.MessageError
	switch {
	case errors.Is(err, context.Canceled):
		return Remedy{}
	case errors.As(err, &refused):
		return refusalRemedy(refused)
	case errors.As(err, &lost) && lost.Status != 0:
		return Cure(
			"what answers there does not speak as the provider does",
			"check coolsms.base_url; if it is right, something between here and there changes answers, or the provider is in trouble: try again later",
			"그 주소에서 답한 것이 CoolSMS가 아니에요",
			"coolsms.base_url을 확인하세요. 맞다면 중간에서 답을 바꾸거나 CoolSMS에 문제가 있는 것이니 나중에 다시 해 보세요",
		)
	case errors.As(err, &lost):
		return ReachRemedy(lost.Err)
	case errors.Is(err, coolsms.ErrSenderNotRegistered):
		return Cure(
			"the sender number is not registered with the provider, not active, or has lapsed",
			"see sinpyo senders; register or renew the number at 발신번호 관리 in the provider's console",
			"발신번호가 등록되지 않았거나, 꺼져 있거나, 만료됐어요",
			"sinpyo senders로 확인하고 CoolSMS 콘솔의 발신번호 관리에서 등록하거나 연장하세요",
		)
	case errors.Is(err, coolsms.ErrInsufficientBalance):
		return NoMoney
	case errors.As(err, &message):
		about := message.StatusCode.Info()
		return Cure(about.English, about.Action.English(), about.Korean, about.Action.Korean())
	}
	return Remedy{}
}

// refusalRemedy returns the remedy for an answer that says no.
func refusalRemedy(e *coolsms.APIError) Remedy {
	if r, ok := remedies[strings.ToLower(string(e.Code))]; ok {
		return r
	}
	switch {
	case errors.Is(e, coolsms.ErrInsufficientBalance):
		return NoMoney
	case errors.Is(e, coolsms.ErrRateLimited):
		return Cure("the provider has had too many requests", "wait a minute and try again",
			"CoolSMS에 요청이 너무 많았어요", "1분쯤 뒤에 다시 해 보세요")
	case e.Status >= http.StatusInternalServerError:
		return Cure("the provider is in trouble", "try again later; nothing on this machine needs mending",
			"CoolSMS에 문제가 있어요", "나중에 다시 해 보세요. 이 서버에서 고칠 것은 없어요")
	case e.Status == http.StatusNotFound && e.Code == "":
		return Cure("what answers there is not the provider", "check coolsms.base_url",
			"그 주소에서 답한 것이 CoolSMS가 아니에요", "coolsms.base_url을 확인하세요")
	case e.Status == http.StatusUnauthorized:
		return remedies["unauthorized"]
	case e.Code == "":
		return Remedy{}
	}
	about := e.Code.Info()
	return Cure(about.English, about.Action.English(), about.Korean, about.Action.Korean())
}

// ReachRemedy returns the remedy for a host that could not be reached.
func ReachRemedy(err error) Remedy {
	var (
		unknownHost *net.DNSError
		untrusted   *tls.CertificateVerificationError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &unknownHost):
		return Cure("this machine cannot find the address of the provider's host",
			"check coolsms.base_url and the name servers of this machine (/etc/resolv.conf)",
			"이 서버가 CoolSMS 호스트의 주소를 찾지 못해요", "coolsms.base_url과 이 서버의 네임서버(/etc/resolv.conf)를 확인하세요")
	case errors.As(err, &untrusted):
		return CertificateRemedy(untrusted.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return Cure("nothing listens at that address",
			"check coolsms.base_url, and that no proxy variable (HTTPS_PROXY) points to a proxy that is gone",
			"그 주소에서 아무것도 듣고 있지 않아요", "coolsms.base_url을 확인하고, HTTPS_PROXY가 없어진 프록시를 가리키지 않는지 보세요")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return Cure("this machine has no way to that address", "check the network of this machine and its firewall",
			"이 서버에서 그 주소로 가는 길이 없어요", "이 서버의 네트워크와 방화벽을 확인하세요")
	case errors.As(err, &timeout) && timeout.Timeout():
		return Cure("no answer came in time",
			"let this machine out to port 443 of the provider's host; where a proxy is needed, set HTTPS_PROXY",
			"제때 답이 오지 않았어요", "이 서버가 CoolSMS의 443 포트로 나갈 수 있게 하고, 프록시가 필요하면 HTTPS_PROXY를 정하세요")
	}
	return Cure("the connection broke before an answer came",
		"try again; if it stays, look at the firewall or proxy between here and the provider",
		"답이 오기 전에 연결이 끊겼어요", "다시 해 보세요. 그래도 같으면 중간의 방화벽이나 프록시를 보세요")
}

// CertificateRemedy returns the remedy for a certificate that is not believed.
func CertificateRemedy(err error) Remedy {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return Cure("the host's certificate is out of date by this machine's clock",
			"set this machine's clock; if it is right, the host's certificate has lapsed",
			"이 서버의 시계로는 호스트의 인증서가 유효하지 않아요", "이 서버의 시계를 맞추세요. 시계가 맞다면 호스트의 인증서가 끝난 거예요")
	}
	return Cure("the host's certificate is not one this machine believes: a proxy may stand in for the provider",
		"install the ca-certificates of this system; where a proxy opens TLS, add its certificate there",
		"이 서버가 믿지 않는 인증서예요. 프록시가 CoolSMS 대신 답하는지도 몰라요",
		"이 시스템의 ca-certificates를 설치하고, TLS를 여는 프록시가 있으면 그 인증서를 더하세요")
}
