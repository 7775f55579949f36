package api

// LeavePlaces takes the places of streams until so many are free.
func (a *API) LeavePlaces(free int) {
	for len(a.places) < cap(a.places)-free {
		a.places <- struct{}{}
	}
}
