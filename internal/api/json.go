package api

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// strictJSON reads what encoding/json reads, except objects that name a field
// twice: which of the two is meant cannot be told, and two programs on the way
// may take different ones (S-72).
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if err := json.Unmarshal(data, v); err != nil {
			return err
		}
		// huma reads each body twice: into any to validate it, then into its
		// type. Once is enough here.
		if _, first := v.(*any); !first {
			return nil
		}
		if name, found := doubled(data); found {
			return errors.New(doubledPrefix + name)
		}
		return nil
	},
}

// doubledPrefix begins the error about a doubled field, by which problem.go
// knows it again: huma keeps the words of an error only.
const doubledPrefix = "doubled field "

// doubled returns the first name that an object of data uses twice. The text
// must be valid JSON; so a string before a colon is a name, and braces outside
// strings open and close objects.
func doubled(data []byte) (name string, found bool) {
	var objects []map[string]bool
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{':
			objects = append(objects, map[string]bool{})
		case '}':
			objects = objects[:len(objects)-1]
		case '"':
			end := closingQuote(data, i)
			if next := skipSpace(data, end+1); next < len(data) && data[next] == ':' {
				name := unquote(data[i : end+1])
				names := objects[len(objects)-1]
				if names[name] {
					return name, true
				}
				names[name] = true
			}
			i = end
		}
	}
	return "", false
}

// closingQuote returns where the string that opens at i ends.
func closingQuote(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && strings.IndexByte(" \t\r\n", data[i]) >= 0 {
		i++
	}
	return i
}

// unquote returns what a JSON string says; "\u0074o" says "to".
func unquote(quoted []byte) string {
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return string(quoted) // cannot happen in valid JSON
	}
	return s
}
