package consent

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// linesOf finds the line of each table and key of a TOML text that can be read:
// "item.0" for the first [[item]], "item.0.ko.title" for a key below it.
func linesOf(data []byte) map[string]int {
	lines := map[string]int{}
	count := map[string]int{} // tables of an array so far
	var p unstable.Parser
	p.Reset(data)
	under := ""
	for p.NextExpression() {
		node := p.Expression()
		var names []string
		at := 0
		for keys := node.Key(); keys.Next(); {
			key := keys.Node()
			names = append(names, string(key.Data))
			at = 1 + bytes.Count(data[:key.Raw.Offset], []byte("\n"))
		}
		name := strings.Join(names, ".")
		switch node.Kind {
		case unstable.ArrayTable:
			under = fmt.Sprintf("%s.%d", name, count[name])
			count[name]++
			name = under
		case unstable.Table:
			for array, n := range count { // [item.ko] is of the last [[item]]
				if rest, ok := strings.CutPrefix(name, array+"."); ok {
					name = fmt.Sprintf("%s.%d.%s", array, n-1, rest)
				}
			}
			under = name
		case unstable.KeyValue:
			if under != "" {
				name = under + "." + name
			}
		}
		lines[name] = at
		for { // a dotted key is the first line of the tables it makes
			i := strings.LastIndex(name, ".")
			if i < 0 || lines[name[:i]] != 0 {
				break
			}
			name = name[:i]
			lines[name] = at
		}
	}
	return lines
}
