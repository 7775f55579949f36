package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// channel is a Kakao channel that the account may write from.
type channel struct {
	ID       string    `json:"channelId"`
	SearchID string    `json:"searchId"`
	Phone    string    `json:"phoneNumber"`
	Category string    `json:"categoryCode"`
	Created  time.Time `json:"dateCreated"`
}

// channelToken is a code that Kakao sent to the phone of a channel's manager.
type channelToken struct {
	SearchID string `json:"searchId"`
	Phone    string `json:"phoneNumber"`
}

var channelFields = map[string]valueKind{
	"channelId": asText, "searchId": asText, "phoneNumber": asText, "categoryCode": asText, "isMine": asText, "dateCreated": asTime,
}

func (ch *channel) key() string { return ch.ID }

func (ch *channel) field(name string) value {
	switch name {
	case "channelId":
		return textOf(ch.ID)
	case "searchId":
		return textOf(ch.SearchID)
	case "phoneNumber":
		return textOf(ch.Phone)
	case "categoryCode":
		return textOf(ch.Category)
	case "dateCreated":
		return value{time: ch.Created}
	}
	return boolOf(true) // isMine: nobody shares a channel here
}

type channelView struct {
	ChannelID        string    `json:"channelId"`
	SearchID         string    `json:"searchId"`
	AccountID        string    `json:"accountId"`
	PhoneNumber      string    `json:"phoneNumber"`
	CategoryCode     string    `json:"categoryCode"`
	SharedAccountIDs [0]string `json:"sharedAccountIds"`
	DateCreated      string    `json:"dateCreated"`
	DateUpdated      string    `json:"dateUpdated"`
}

func viewChannel(ch *channel) channelView {
	return channelView{
		ChannelID: ch.ID, SearchID: ch.SearchID, AccountID: accountID, PhoneNumber: ch.Phone, CategoryCode: ch.Category,
		DateCreated: stamp(ch.Created), DateUpdated: stamp(ch.Created),
	}
}

// category is a line of business, for channels and templates.
type category struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// listChannelCategories serves GET /kakao/v2/channels/categories (G: the codes).
func listChannelCategories(*call) (any, error) {
	return []category{{"00100010001", "건강"}, {"00200010001", "교육"}, {"00300010001", "IT"}}, nil
}

// askChannelToken serves POST /kakao/v2/channels/token: Kakao sends a code to
// the phone of the channel's manager.
func askChannelToken(c *call) (any, error) {
	var req channelToken
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if req.Phone = digits(req.Phone); req.SearchID == "" || !isDigits(req.Phone) {
		return nil, errValidation.because("searchId와 phoneNumber가 있어야 합니다.")
	}
	c.s.change(func(w *world) { w.res.Tokens = pushed(w.res.Tokens, req, maxResources) })
	return struct {
		Success bool `json:"success"`
	}{true}, nil
}

// createChannel serves POST /kakao/v2/channels. Any token passes once one was
// asked for: there is no Kakao here that sends a true one.
func createChannel(c *call) (any, error) {
	var req struct {
		channelToken
		Category string   `json:"categoryCode"`
		Token    wireText `json:"token"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	req.Phone = digits(req.Phone)
	ch := &channel{SearchID: req.SearchID, Phone: req.Phone, Category: req.Category}
	var err error
	c.s.change(func(w *world) {
		at := slices.Index(w.res.Tokens, req.channelToken)
		if at < 0 || req.Token.s == "" {
			err = errValidation.because("관리자 휴대폰으로 받은 인증번호가 맞지 않습니다.")
			return
		}
		w.res.Tokens = append(w.res.Tokens[:at:at], w.res.Tokens[at+1:]...)
		w.addChannel(ch)
	})
	if err != nil {
		return nil, err
	}
	return viewChannel(ch), nil
}

// addChannel keeps a channel, and gives it an id when it has none.
func (w *world) addChannel(ch *channel) {
	if ch.ID == "" {
		ch.ID = newResourceID(w.chance, "KA01PF", w.now)
	}
	ch.Created = w.now
	w.res.Channels = pushed(w.res.Channels, ch, maxResources)
}

// listChannels serves GET /kakao/v2/channels.
func listChannels(c *call) (any, error) {
	v := struct {
		page
		ChannelList []channelView `json:"channelList"`
	}{ChannelList: []channelView{}}
	var err error
	c.s.change(func(w *world) {
		var found []*channel
		v.page, found, err = pageOf(w.res.Channels, c.r.URL.Query(), channelFields)
		for _, ch := range found {
			v.ChannelList = append(v.ChannelList, viewChannel(ch))
		}
	})
	return v, err
}

// getChannel serves GET /kakao/v2/channels/{channelId}.
func getChannel(c *call) (v any, err error) {
	c.s.change(func(w *world) {
		if ch, at := byKey(w.res.Channels, c.r.PathValue("id")); at >= 0 {
			v = viewChannel(ch)
		} else {
			err = errNoResource
		}
	})
	return v, err
}

// deleteChannel serves DELETE /kakao/v2/channels/{channelId} and answers the
// channel that is gone.
func deleteChannel(c *call) (v any, err error) {
	c.s.change(func(w *world) {
		ch, at := byKey(w.res.Channels, c.r.PathValue("id"))
		if at < 0 {
			err = errNoResource
			return
		}
		w.res.Channels = append(w.res.Channels[:at:at], w.res.Channels[at+1:]...)
		// Its templates go with it, as the npm SDK says of the call.
		w.res.Templates = slices.DeleteFunc(w.res.Templates, func(t *talkTemplate) bool { return t.ChannelID == ch.ID })
		v = viewChannel(ch)
	})
	return v, err
}

// postChannel is POST /sandbox/channels: a channel without the talk with Kakao,
// under an id of one's own if need be.
func (s *Sandbox) postChannel(r *http.Request) (any, error) {
	var ch channel
	if err := decodeStrict(r.Body, &ch); err != nil {
		return nil, err
	}
	if ch.SearchID == "" {
		return nil, errValidation.because("searchId: the name of the channel")
	}
	var err error
	s.change(func(w *world) {
		if _, at := byKey(w.res.Channels, ch.ID); at >= 0 {
			err = errValidation.because("channelId: is there already")
			return
		}
		w.addChannel(&ch)
	})
	return &ch, err
}
