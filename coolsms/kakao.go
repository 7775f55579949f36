package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// KakaoChannelsService manages the Kakao channels that messages may be sent
// from.
type KakaoChannelsService struct{ c *Client }

const channelsPath = "/kakao/v2/channels"

// KakaoChannel is a channel that is joined to the account.
type KakaoChannel struct {
	ChannelID        string   `json:"channelId"` // the PFID of messages
	SearchID         string   `json:"searchId"`  // the name that it is found by, with @
	AccountID        string   `json:"accountId"`
	PhoneNumber      string   `json:"phoneNumber"` // of its manager
	SharedAccountIDs []string `json:"sharedAccountIds"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the channel as it came.
	Raw json.RawMessage `json:"-"`
}

// String tells id and name.
func (k KakaoChannel) String() string {
	return "coolsms.KakaoChannel(" + k.ChannelID + " " + k.SearchID + ")"
}

// LogValue is String.
func (k KakaoChannel) LogValue() slog.Value { return slog.StringValue(k.String()) }

// UnmarshalJSON reads the provider's form.
func (k *KakaoChannel) UnmarshalJSON(raw []byte) error {
	type plain KakaoChannel
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(k)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	k.DateCreated, k.DateUpdated, k.Raw = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time, keep(raw)
	return nil
}

func nameOfChannel(k *KakaoChannel) string { return k.ChannelID }

// KakaoCategory is a sort of channel or template.
type KakaoCategory struct {
	Code string `json:"code"`
	Name string `json:"name"` // Korean
}

// ListKakaoChannelsParams says which channels are asked for; all that is set
// must hold.
type ListKakaoChannelsParams struct {
	ChannelID    string
	SearchID     string
	PhoneNumber  string
	CategoryCode string
	IsMine       *bool     // or shared by another account
	Start, End   time.Time // when joined; zero leaves that side open

	PageParams
}

// List returns one page of channels.
func (s *KakaoChannelsService) List(ctx context.Context, p ListKakaoChannelsParams) (*Page[KakaoChannel], error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "channelId", p.ChannelID)
	set(q, "searchId", p.SearchID)
	set(q, "phoneNumber", p.PhoneNumber)
	set(q, "categoryCode", p.CategoryCode)
	if p.IsMine != nil {
		q.Set("isMine", strconv.FormatBool(*p.IsMine))
	}
	setCreated(q, p.Start, p.End)
	return list[KakaoChannel](ctx, s.c, call{method: http.MethodGet, path: channelsPath, query: q}, "channelList")
}

// All walks over all channels. It ends after the first error, which comes with
// a nil channel.
func (s *KakaoChannelsService) All(ctx context.Context, p ListKakaoChannelsParams) iter.Seq2[*KakaoChannel, error] {
	return all(p.StartKey, func(startKey string) (*Page[KakaoChannel], error) {
		p := p
		p.StartKey = startKey
		return s.List(ctx, p)
	})
}

// Get returns a channel.
func (s *KakaoChannelsService) Get(ctx context.Context, channelID string) (*KakaoChannel, error) {
	path, err := idPath(channelsPath, channelID, "")
	if err != nil {
		return nil, err
	}
	return fetch(ctx, s.c, call{method: http.MethodGet, path: path}, nameOfChannel)
}

// Categories returns the sorts of channels.
func (s *KakaoChannelsService) Categories(ctx context.Context) ([]KakaoCategory, error) {
	return categories(ctx, s.c, channelsPath+"/categories")
}

func categories(ctx context.Context, c *Client, path string) ([]KakaoCategory, error) {
	var a arrayAnswer[KakaoCategory]
	if err := c.do(ctx, call{method: http.MethodGet, path: path}, &a); err != nil {
		return nil, err
	}
	return a, nil
}

// RequestToken lets Kakao send a code to the phone of the channel's manager.
// [KakaoChannelsService.Create] wants it.
func (s *KakaoChannelsService) RequestToken(ctx context.Context, searchID, phoneNumber string) error {
	body := struct {
		SearchID    string `json:"searchId"`
		PhoneNumber string `json:"phoneNumber"`
	}{searchID, phoneNumber}
	return s.c.do(ctx, call{method: http.MethodPost, path: channelsPath + "/token", body: body}, &ignored{})
}

// CreateKakaoChannelParams joins a channel to the account.
type CreateKakaoChannelParams struct {
	SearchID     string `json:"searchId"`
	PhoneNumber  string `json:"phoneNumber"` // of its manager
	CategoryCode string `json:"categoryCode"`
	Token        string `json:"token"` // the code that the manager got
}

// String leaves number and token out.
func (p CreateKakaoChannelParams) String() string {
	return "coolsms.CreateKakaoChannelParams(" + p.SearchID + ")"
}

// LogValue is String.
func (p CreateKakaoChannelParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Create joins a channel to the account.
func (s *KakaoChannelsService) Create(ctx context.Context, p CreateKakaoChannelParams) (*KakaoChannel, error) {
	return fetch(ctx, s.c, call{method: http.MethodPost, path: channelsPath, body: p}, nameOfChannel)
}

// Delete takes a channel from the account.
func (s *KakaoChannelsService) Delete(ctx context.Context, channelID string) error {
	path, err := idPath(channelsPath, channelID, "")
	if err != nil {
		return err
	}
	return s.c.do(ctx, call{method: http.MethodDelete, path: path}, &ignored{})
}
