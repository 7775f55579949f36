package main

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

// remedy is why something failed and what a person does about it.
type remedy struct{ cause, cure string }

// The remedies for refusals by code. The provider writes InvalidAPIKey in two
// ways, so codes are compared without case.
var remedies = map[string]remedy{
	"invalidapikey": {
		"the key is wrong, was deleted or switched off; or it is right, and this machine's address is not on the key's list of allowed addresses",
		"look at API Key 관리 in the provider's console: correct coolsms.api_key, or add the address this machine calls from to the key's list",
	},
	"signaturedoesnotmatch": {
		"the secret is not the one that belongs to the key",
		"put the secret into SINPYO_COOLSMS_API_SECRET_FILE again; if it is lost, make a new pair in the provider's console",
	},
	"requesttimetooskewed": {
		"this machine's clock is more than 15 minutes off",
		"set the clock and keep it set: timedatectl set-ntp true",
	},
	"duplicatedsignature": {
		"the provider has seen the same request before: something between here and there repeats requests",
		"try again; if it stays, look for a proxy that repeats what it carries",
	},
	"unauthorized": {
		"the provider has seen no signature: something between here and there takes the Authorization header away",
		"let requests to the provider pass the proxy unchanged, or go around it",
	},
	"forbidden": {
		"the key's member may not do this",
		"give the member of the key that permission in the provider's console, or make a key of its owner",
	},
}

// remedyOf returns the remedy for a failed call of the provider, or none.
func remedyOf(err error) remedy {
	var refused *coolsms.APIError
	var lost *coolsms.CallError
	var message *coolsms.MessageError
	switch {
	case errors.Is(err, context.Canceled):
		return remedy{}
	case errors.As(err, &refused):
		return refusalRemedy(refused)
	case errors.As(err, &lost) && lost.Status != 0:
		return remedy{
			"what answers there does not speak as the provider does",
			"check coolsms.base_url; if it is right, something between here and there changes answers, or the provider is in trouble: try again later",
		}
	case errors.As(err, &lost):
		return reachRemedy(lost.Err)
	case errors.Is(err, coolsms.ErrSenderNotRegistered):
		return remedy{
			"the sender number is not registered with the provider, not active, or has lapsed",
			"see sinpyo senders; register or renew the number at 발신번호 관리 in the provider's console",
		}
	case errors.Is(err, coolsms.ErrInsufficientBalance):
		return noMoney
	case errors.As(err, &message):
		about := message.StatusCode.Info()
		return remedy{about.English, about.Action.English()}
	}
	return remedy{}
}

// noMoney is the remedy for an account that cannot pay.
var noMoney = remedy{"the account has too little money", "charge the account in the provider's console; sinpyo balance shows what is left"}

// refusalRemedy returns the remedy for an answer that says no.
func refusalRemedy(e *coolsms.APIError) remedy {
	if r, ok := remedies[strings.ToLower(string(e.Code))]; ok {
		return r
	}
	switch {
	case errors.Is(e, coolsms.ErrInsufficientBalance):
		return noMoney
	case errors.Is(e, coolsms.ErrRateLimited):
		return remedy{"the provider has had too many requests", "wait a minute and try again"}
	case e.Status >= http.StatusInternalServerError:
		return remedy{"the provider is in trouble", "try again later; nothing on this machine needs mending"}
	case e.Status == http.StatusNotFound && e.Code == "":
		return remedy{"what answers there is not the provider", "check coolsms.base_url"}
	case e.Status == http.StatusUnauthorized:
		return remedies["unauthorized"]
	case e.Code == "":
		return remedy{}
	}
	about := e.Code.Info()
	return remedy{about.English, about.Action.English()}
}

// reachRemedy returns the remedy for a host that could not be reached.
func reachRemedy(err error) remedy {
	var (
		unknownHost *net.DNSError
		untrusted   *tls.CertificateVerificationError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &unknownHost):
		return remedy{"this machine cannot find the address of the provider's host", "check coolsms.base_url and the name servers of this machine (/etc/resolv.conf)"}
	case errors.As(err, &untrusted):
		return certificateRemedy(untrusted.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return remedy{"nothing listens at that address", "check coolsms.base_url, and that no proxy variable (HTTPS_PROXY) points to a proxy that is gone"}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return remedy{"this machine has no way to that address", "check the network of this machine and its firewall"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return remedy{"no answer came in time", "let this machine out to port 443 of the provider's host; where a proxy is needed, set HTTPS_PROXY"}
	}
	return remedy{"the connection broke before an answer came", "try again; if it stays, look at the firewall or proxy between here and the provider"}
}

// certificateRemedy returns the remedy for a certificate that is not believed.
func certificateRemedy(err error) remedy {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return remedy{"the host's certificate is out of date by this machine's clock", "set this machine's clock; if it is right, the host's certificate has lapsed"}
	}
	return remedy{
		"the host's certificate is not one this machine believes: a proxy may stand in for the provider",
		"install the ca-certificates of this system; where a proxy opens TLS, add its certificate there",
	}
}
