package pages

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
)

// views are the templates, each with what it is given. A template that asks for
// anything else is refused when the program starts, not when somebody comes to
// the page.
var views = map[string]any{
	"account.html":     accountView{},
	"blocked.html":     stepView{},
	"carry.html":       carryView{},
	"challenge.html":   challengeView{},
	"code.html":        codeView{},
	"codeform.html":    codeView{},
	"codes.html":       codesView{},
	"confirm.html":     confirmView{},
	"consents.html":    consentsView{},
	"cookies.html":     numberAgain{},
	"data.html":        dataView{},
	"document.html":    documentView{},
	"done.html":        doneView{},
	"ended.html":       codeView{},
	"foot.html":        nil,
	"head.html":        frame{},
	"leave.html":       leaveView{},
	"left.html":        leftView{},
	"limited.html":     limitView{},
	"login.html":       loginView{},
	"lost.html":        numberView{},
	"name.html":        nameView{},
	"newcodes.html":    newCodesView{},
	"newnumber.html":   numberView{},
	"newpassword.html": newPasswordView{},
	"nobody.html":      stepView{},
	"notmine.html":     stepView{},
	"number.html":      numberView{},
	"old.html":         oldView{},
	"once.html":        onceView{},
	"passkey.html":     passkeyForm{},
	"passkeys.html":    passkeysView{},
	"password.html":    passwordView{},
	"problem.html":     problemView{},
	"profile.html":     profileView{},
	"ready.html":       stepView{},
	"recover.html":     recoverView{},
	"renew.html":       renewView{},
	"second.html":      secondView{},
	"secondform.html":  nil,
	"secondways.html":  secondView{},
	"session.html":     sessionLine{},
	"sessions.html":    sessionsView{},
	"taken.html":       takenView{},
	"totp.html":        totpView{},
	"totpdraft.html":   draftView{},
	"undelivered.html": codeView{},
	"undo.html":        numberView{},
	"undorefused.html": undoneView{},
	"waiting.html":     waitingView{},
}

// first is an action between [[ and ]], which is gone before a page is shown.
var first = regexp.MustCompile(`(?s)\[\[.*?\]\]`)

// field is a value that such an action leaves for each page: "phone" ".Phone".
var field = regexp.MustCompile(`"(\.[A-Za-z.]+)"`)

// second returns what a template holds for each page that is shown, on the lines
// that it stands on in its file.
func second(text string) string {
	return first.ReplaceAllStringFunc(text, func(action string) string {
		left := strings.Repeat("\n", strings.Count(action, "\n"))
		if strings.HasPrefix(strings.TrimLeft(action[2:], "- \n"), "steps") {
			return left
		}
		for _, name := range field.FindAllStringSubmatch(action, -1) {
			left += "{{" + name[1] + "}}"
		}
		return left
	})
}

// check finds what is wrong with the operator's templates before a page is
// shown: what they ask for, and whether their values stand where html/template
// can escape them.
func (o own) check() error {
	if len(o) == 0 {
		return nil
	}
	all, err := o.templates()
	if err != nil {
		return err
	}
	set := template.New("")
	var faults []error
	for _, s := range all {
		t, err := set.New(s.name).Parse(second(s.text))
		if err == nil {
			err = checkFields(t)
		}
		if err != nil {
			faults = append(faults, o.place(err))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	for _, s := range all {
		if err := set.ExecuteTemplate(io.Discard, s.name, views[s.name]); err != nil {
			return o.place(err)
		}
	}
	return nil
}

// checkFields sees to it that a template asks for nothing but what it is given.
func checkFields(t *template.Template) error {
	c := &checker{tree: t.Tree, root: typeOf(views[t.Name()])}
	c.list(t.Tree.Root, c.root)
	return c.err
}

func typeOf(view any) reflect.Type {
	if view == nil {
		return nil
	}
	return reflect.TypeOf(view)
}

// checker walks through a template with the types of what it is given. A type
// that is nil is not known, and allows everything.
type checker struct {
	tree *parse.Tree
	root reflect.Type
	err  error // the first mistake
}

func (c *checker) fail(at parse.Node, format string, args ...any) {
	if c.err == nil {
		where, _ := c.tree.ErrorContext(at)
		c.err = fmt.Errorf("template: %s: %s", where, fmt.Sprintf(format, args...))
	}
}

// list checks nodes where the dot has a type.
func (c *checker) list(nodes *parse.ListNode, dot reflect.Type) {
	if nodes == nil {
		return
	}
	for _, n := range nodes.Nodes {
		c.node(n, dot)
	}
}

func (c *checker) node(n parse.Node, dot reflect.Type) {
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(n.Pipe, dot)
	case *parse.IfNode:
		c.pipe(n.Pipe, dot)
		c.list(n.List, dot)
		c.list(n.ElseList, dot)
	case *parse.WithNode:
		c.list(n.List, c.pipe(n.Pipe, dot))
		c.list(n.ElseList, dot)
	case *parse.RangeNode:
		each := c.pipe(n.Pipe, dot)
		if each != nil {
			if kind := each.Kind(); kind != reflect.Slice && kind != reflect.Array && kind != reflect.Map {
				c.fail(n, "%s is no list", n.Pipe)
				return
			}
			each = each.Elem()
		}
		c.list(n.List, each)
		c.list(n.ElseList, dot)
	case *parse.TemplateNode:
		c.include(n, dot)
	}
}

// include checks a template that stands inside another one.
func (c *checker) include(n *parse.TemplateNode, dot reflect.Type) {
	view, known := views[n.Name]
	if !known {
		c.fail(n, "there is no template %s", n.Name)
		return
	}
	var given reflect.Type
	if n.Pipe != nil {
		given = c.pipe(n.Pipe, dot)
	}
	if want := typeOf(view); want != nil && (n.Pipe == nil || given != nil && given != want) {
		c.fail(n, "%s is given the wrong thing: copy how our own template does it", n.Name)
	}
}

// pipe returns the type of what a pipeline gives.
func (c *checker) pipe(p *parse.PipeNode, dot reflect.Type) (given reflect.Type) {
	for _, command := range p.Cmds {
		types := make([]reflect.Type, len(command.Args))
		for i, arg := range command.Args {
			types[i] = c.value(arg, dot)
		}
		if given = nil; len(types) == 1 && len(p.Cmds) == 1 {
			given = types[0]
		}
	}
	return given
}

// value returns the type of an operand.
func (c *checker) value(n parse.Node, dot reflect.Type) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.follow(n, dot, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return c.follow(n, c.root, n.Ident[1:])
		}
	case *parse.ChainNode:
		return c.follow(n, c.value(n.Node, dot), n.Field)
	case *parse.PipeNode:
		return c.pipe(n, dot)
	}
	return nil
}

// follow goes from a value to a field of it, and on.
func (c *checker) follow(at parse.Node, t reflect.Type, names []string) reflect.Type {
	for _, name := range names {
		if t == nil {
			return nil
		}
		if _, ok := t.MethodByName(name); ok {
			return nil
		}
		if t.Kind() != reflect.Struct {
			c.fail(at, "there is no .%s here", name)
			return nil
		}
		f, ok := t.FieldByName(name)
		if !ok || !f.IsExported() {
			c.fail(at, "there is no .%s here; there is %s", name, strings.Join(fieldsOf(t), ", "))
			return nil
		}
		t = f.Type
	}
	return t
}

// fieldsOf lists what a template may ask a value for.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names = append(names, "."+f.Name)
		}
	}
	slices.Sort(names)
	return names
}
