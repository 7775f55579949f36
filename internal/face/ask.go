package face

import (
	"encoding/json"
	"net/http"
)

// Ask answers the script that speaks to passkeys: with what it is to ask the
// authenticator, and the ceremony that the answer will belong to.
func Ask(w http.ResponseWriter, options json.RawMessage, ceremony string) error {
	answer, err := json.Marshal(struct {
		Options  json.RawMessage `json:"options"`
		Ceremony string          `json:"ceremony"`
	}{options, ceremony})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(answer) // the visitor may have gone
	return nil
}
