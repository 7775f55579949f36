package console

import "net/http"

// overviewView is what overview.html shows.
type overviewView struct{ Page frame }

// overview is the first page.
func (v *visit) overview() error {
	return v.show("overview.html", http.StatusOK, &overviewView{Page: v.frame("title.overview")})
}
