package sandbox

import (
	"net/http"
	"time"
)

// black is a person who opted out of a sender's texts through its 080 line.
// Texts from that sender to that person are refused with 1061.
type black struct {
	HandleKey string    `json:"handleKey"`
	Sender    string    `json:"senderNumber"`
	Recipient string    `json:"recipientNumber"`
	Created   time.Time `json:"dateCreated"`
}

// blockGroup names the senders that a list of blocked numbers applies to.
type blockGroup struct {
	ID      string    `json:"blockGroupId"`
	Name    string    `json:"name"`
	Status  string    `json:"status"`
	UseAll  bool      `json:"useAll"` // every sender
	Senders []string  `json:"senderNumbers"`
	Created time.Time `json:"dateCreated"`
}

// blockNumber is a number that the account itself does not want to reach.
// Texts to it are refused with 1060.
type blockNumber struct {
	ID      string    `json:"blockNumberId"`
	Number  string    `json:"phoneNumber"`
	Memo    string    `json:"memo"`
	Groups  []string  `json:"blockGroupIds"`
	Created time.Time `json:"dateCreated"`
}

var (
	blackFields = map[string]valueKind{
		"type": asText, "senderNumber": asText, "recipientNumber": asText, "dateCreated": asTime,
	}
	blockGroupFields = map[string]valueKind{
		"blockGroupId": asText, "useAll": asText, "senderNumber": asList, "name": asText, "status": asText,
	}
	blockNumberFields = map[string]valueKind{
		"blockNumberId": asText, "phoneNumber": asText, "blockGroupId": asList, "memo": asText,
	}
)

func (b *black) key() string       { return b.HandleKey }
func (g *blockGroup) key() string  { return g.ID }
func (n *blockNumber) key() string { return n.ID }

func (b *black) field(name string) value {
	switch name {
	case "senderNumber":
		return textOf(b.Sender)
	case "recipientNumber":
		return textOf(b.Recipient)
	case "dateCreated":
		return value{time: b.Created}
	}
	return textOf("DENIAL")
}

func (g *blockGroup) field(name string) value {
	switch name {
	case "blockGroupId":
		return textOf(g.ID)
	case "useAll":
		return boolOf(g.UseAll)
	case "senderNumber":
		return value{list: g.Senders}
	case "name":
		return textOf(g.Name)
	}
	return textOf(g.Status)
}

func (n *blockNumber) field(name string) value {
	switch name {
	case "blockNumberId":
		return textOf(n.ID)
	case "phoneNumber":
		return textOf(n.Number)
	case "blockGroupId":
		return value{list: n.Groups}
	}
	return textOf(n.Memo)
}

// barred returns the code a text is refused with because its recipient does not
// want it: 1061, 1060, or nothing.
func (w *world) barred(from, to string) string {
	for _, b := range w.res.Blacks {
		if b.Recipient == to && b.Sender == from {
			return "1061"
		}
	}
	for _, n := range w.res.BlockNumbers {
		if n.Number == to && w.blocks(n, from) {
			return "1060"
		}
	}
	return ""
}

// blocks reports whether a blocked number is blocked for a sender: it is in no
// group, or in an active one that holds the sender (G).
func (w *world) blocks(n *blockNumber, from string) bool {
	if len(n.Groups) == 0 {
		return true
	}
	for _, id := range n.Groups {
		g, _ := byKey(w.res.BlockGroups, id)
		if g == nil || g.Status != "ACTIVE" {
			continue
		}
		if g.UseAll {
			return true
		}
		for _, sender := range g.Senders {
			if sender == from {
				return true
			}
		}
	}
	return false
}

// listBlacks serves GET /iam/v1/black.
func listBlacks(c *call) (any, error) {
	type view struct {
		HandleKey       string `json:"handleKey"`
		Type            string `json:"type"`
		SenderNumber    string `json:"senderNumber"`
		RecipientNumber string `json:"recipientNumber"`
		DateCreated     string `json:"dateCreated"`
		DateUpdated     string `json:"dateUpdated"`
	}
	v := struct {
		page
		BlackList []view `json:"blackList"`
	}{BlackList: []view{}}
	var err error
	c.s.change(func(w *world) {
		var found []*black
		v.page, found, err = pageOf(w.res.Blacks, c.r.URL.Query(), blackFields)
		for _, b := range found {
			v.BlackList = append(v.BlackList, view{b.HandleKey, "DENIAL", b.Sender, b.Recipient, stamp(b.Created), stamp(b.Created)})
		}
	})
	return v, err
}

// listBlockGroups serves GET /iam/v1/block/groups.
func listBlockGroups(c *call) (any, error) {
	type view struct {
		BlockGroupID  string   `json:"blockGroupId"`
		AccountID     string   `json:"accountId"`
		Status        string   `json:"status"`
		Name          *string  `json:"name"`
		UseAll        bool     `json:"useAll"`
		SenderNumbers []string `json:"senderNumbers"`
		DateCreated   string   `json:"dateCreated"`
		DateUpdated   string   `json:"dateUpdated"`
	}
	v := struct {
		page
		BlockGroups []view `json:"blockGroups"`
	}{BlockGroups: []view{}}
	var err error
	c.s.change(func(w *world) {
		var found []*blockGroup
		v.page, found, err = pageOf(w.res.BlockGroups, c.r.URL.Query(), blockGroupFields)
		for _, g := range found {
			v.BlockGroups = append(v.BlockGroups, view{
				g.ID, accountID, g.Status, filled(g.Name), g.UseAll, g.Senders, stamp(g.Created), stamp(g.Created),
			})
		}
	})
	return v, err
}

// listBlockNumbers serves GET /iam/v1/block/numbers.
func listBlockNumbers(c *call) (any, error) {
	type view struct {
		BlockNumberID string   `json:"blockNumberId"`
		AccountID     string   `json:"accountId"`
		Memo          string   `json:"memo"`
		PhoneNumber   string   `json:"phoneNumber"`
		BlockGroupIDs []string `json:"blockGroupIds"`
		DateCreated   string   `json:"dateCreated"`
		DateUpdated   string   `json:"dateUpdated"`
	}
	v := struct {
		page
		BlockNumbers []view `json:"blockNumbers"`
	}{BlockNumbers: []view{}}
	var err error
	c.s.change(func(w *world) {
		var found []*blockNumber
		v.page, found, err = pageOf(w.res.BlockNumbers, c.r.URL.Query(), blockNumberFields)
		for _, n := range found {
			v.BlockNumbers = append(v.BlockNumbers, view{
				n.ID, accountID, n.Memo, n.Number, n.Groups, stamp(n.Created), stamp(n.Created),
			})
		}
	})
	return v, err
}

// postBlack is POST /sandbox/blacks: a person calls the 080 line of a sender.
func (s *Sandbox) postBlack(r *http.Request) (any, error) {
	var b black
	if err := decodeStrict(r.Body, &b); err != nil {
		return nil, err
	}
	b.Sender, b.Recipient = digits(b.Sender), digits(b.Recipient)
	if !isDigits(b.Sender) || !isDigits(b.Recipient) {
		return nil, errValidation.because("senderNumber, recipientNumber: digits")
	}
	s.change(func(w *world) {
		b.HandleKey, b.Created = newResourceID(w.chance, "IA01BL", w.now), w.now
		w.res.Blacks = pushed(w.res.Blacks, &b, maxResources)
	})
	return &b, nil
}

// postBlockGroup is POST /sandbox/block-groups, as one makes a group of blocked
// numbers in the console.
func (s *Sandbox) postBlockGroup(r *http.Request) (any, error) {
	g := blockGroup{Status: "ACTIVE", Senders: []string{}}
	if err := decodeStrict(r.Body, &g); err != nil {
		return nil, err
	}
	if g.Status != "ACTIVE" && g.Status != "INACTIVE" {
		return nil, errValidation.because("status: ACTIVE or INACTIVE")
	}
	s.change(func(w *world) {
		g.ID, g.Created = newResourceID(w.chance, "IA01BG", w.now), w.now
		w.res.BlockGroups = pushed(w.res.BlockGroups, &g, maxResources)
	})
	return &g, nil
}

// postBlockNumber is POST /sandbox/block-numbers, as one blocks a number in the
// console.
func (s *Sandbox) postBlockNumber(r *http.Request) (any, error) {
	n := blockNumber{Groups: []string{}}
	if err := decodeStrict(r.Body, &n); err != nil {
		return nil, err
	}
	if n.Number = digits(n.Number); !isDigits(n.Number) {
		return nil, errValidation.because("phoneNumber: digits")
	}
	s.change(func(w *world) {
		n.ID, n.Created = newResourceID(w.chance, "IA01BN", w.now), w.now
		w.res.BlockNumbers = pushed(w.res.BlockNumbers, &n, maxResources)
	})
	return &n, nil
}
