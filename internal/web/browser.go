package web

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// BrowserName names the browser of a request roughly, as its owner would, from
// its User-Agent; "" when that says nothing.
func BrowserName(r *http.Request) string {
	agent := r.UserAgent()
	if !utf8.ValidString(agent) {
		return ""
	}
	var parts []string
	for _, table := range [][][2]string{browsers, systems} {
		for _, e := range table {
			if strings.Contains(agent, e[0]) {
				parts = append(parts, e[1])
				break
			}
		}
	}
	return strings.Join(parts, " · ")
}

// What a User-Agent contains and what it means. The first that fits counts:
// most browsers also name the ones they descend from.
var (
	browsers = [][2]string{
		{"SamsungBrowser/", "Samsung Internet"}, {"Whale/", "Whale"}, {"Edg", "Edge"}, {"OPR/", "Opera"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"Macintosh", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)
