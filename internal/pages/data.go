package pages

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
)

// dataView is what data.html shows.
type dataView struct {
	Page  frame
	Error string
}

// data offers a copy of all that is kept of the member (S-107).
func (v *visit) data() error { return v.showData(refusal{}) }

func (v *visit) showData(why refusal) error {
	return v.show("data.html", why.code(), &dataView{Page: v.ownFrame("title.data", why.Text != ""), Error: why.Text})
}

// export gives the copy out as a file.
func (v *visit) export() error {
	if done, err := v.ownedForm(v.showData); done || err != nil {
		return err
	}
	all, err := v.accounts.Export(v.r.Context(), v.self.session)
	switch {
	case errors.Is(err, account.ErrStepUp):
		return v.askProof("data")
	case err != nil:
		return v.refuseAs(err, v.showData)
	}
	file, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="account.json"`)
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(append(file, '\n')) // the visitor may have gone
	return nil
}
