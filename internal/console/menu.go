package console

import "net/http"

// menuGroup is a group of the side bar.
type menuGroup struct {
	Title string // "" for the first
	Items []menuItem
}

// menuItem leads to a page.
type menuItem struct {
	Path, Text string
	Current    bool
	Note, Tone string // beside the text
}

// sideBar are the pages of the side bar, by the ids of their texts. Who may not
// open one is not shown it.
var sideBar = []struct {
	title string
	items [][2]string
}{
	{"", [][2]string{{"/", "menu.overview"}, {resultsPath, "menu.results"}, {numbersPath, "menu.numbers"}, {trafficPath, "menu.traffic"}}},
	{"menu.people", [][2]string{{membersPath, "menu.members"}, {consentsPath, "menu.consents"}, {leakPath, "menu.leak"}}},
	{"menu.texts", [][2]string{{sendersPath, "menu.senders"}, {textsPath, "menu.wording"}, {providerPath, "menu.provider"}, {limitsPath, "menu.limits"}}},
	{"menu.building", [][2]string{{applicationsPath, "menu.applications"}}},
	{"menu.running", [][2]string{{operatorsPath, "menu.operators"}, {recordsPath, "menu.records"}}},
}

// menu returns the side bar as somebody who is signed in sees it.
func (v *visit) menu() []menuGroup {
	var groups []menuGroup
	for _, g := range sideBar {
		group := menuGroup{}
		if g.title != "" {
			group.Title = v.locale.say(g.title)
		}
		for _, item := range g.items {
			if !v.may(item[0]) {
				continue
			}
			line := menuItem{Path: item[0], Text: v.locale.say(item[1]), Current: within(v.r.URL.Path, item[0])}
			if item[0] == sendersPath {
				line.Note, line.Tone = v.sendersNote()
			}
			group.Items = append(group.Items, line)
		}
		if len(group.Items) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// may reports whether the table lets somebody who is signed in open a page.
func (v *visit) may(path string) bool {
	for _, r := range v.routes {
		if r.method == http.MethodGet && (r.path == path || r.path == path+"{$}") {
			return r.open || v.self.Role.May(r.least)
		}
	}
	return false
}

// within reports whether a page is the one at a path, or lies behind it.
func within(path, at string) bool {
	return path == at || at != "/" && len(path) > len(at) && path[:len(at)] == at && path[len(at)] == '/'
}
