package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"
)

// maxResources is how many files, channels, templates, blocks and so on of one
// kind are kept; the oldest leave first.
const maxResources = 10_000

// resources is what the account has beside its messages, senders and money. It
// is plain data with JSON names, so that it can be kept across restarts as it
// stands. Lists are in the order of their making.
type resources struct {
	Files        []*file         `json:"files"`
	Channels     []*channel      `json:"channels"`
	Tokens       []channelToken  `json:"tokens"`
	Templates    []*talkTemplate `json:"templates"`
	Calls        []numberCall    `json:"calls"`
	Blacks       []*black        `json:"blacks"`
	BlockGroups  []*blockGroup   `json:"blockGroups"`
	BlockNumbers []*blockNumber  `json:"blockNumbers"`
	History      []moneyEntry    `json:"history"`
	Moves        uint64          `json:"moves"` // entries of History ever written
	Days         []*dayTally     `json:"days"`
	Quota        Quota           `json:"quota"`
}

// newResources is what a new account has.
func newResources() resources { return resources{Quota: Quota{plenty, plenty}} }

// saveResources writes them down; the text is a copy, so it can be used when the
// account goes on changing.
func (w *world) saveResources() json.RawMessage {
	raw, err := json.Marshal(w.res)
	if err != nil {
		return json.RawMessage("{}") // raw fields were JSON when they came in
	}
	return raw
}

// loadResources puts back what saveResources wrote, in place of what there is.
func (w *world) loadResources(raw json.RawMessage) error {
	res := newResources()
	if err := json.Unmarshal(raw, &res); err != nil {
		return fmt.Errorf("resources: %w", err)
	}
	for _, day := range res.Days {
		if day.Codes == nil {
			day.Codes = map[string]*kindCount{}
		}
	}
	w.res = res
	return nil
}

// resourceRoutes is the part of the provider's surface that serves them.
var resourceRoutes = map[string]endpoint{
	"POST /storage/v1/files":                         uploadFile,
	"GET /storage/v1/files":                          listFiles,
	"GET /storage/v1/files/{id}":                     getFile,
	"DELETE /storage/v1/files/{id}":                  deleteFile,
	"GET /messages/v4/statistics":                    getStatistics,
	"GET /messages/v4/statistics/daily":              getStatistics,
	"GET /cash/v1/balance/history":                   getBalanceHistory,
	"GET /pricing/v1/messaging":                      getPrice,
	"GET /pricing/v1/messaging/default":              getPrice,
	"GET /pricing/v1/messaging/countries":            listPrices,
	"GET /quota/v1/me":                               getQuota,
	"POST /quota/v1/me/system":                       askQuota,
	"POST /senderid/v1/numbers":                      registerSender,
	"PUT /senderid/v1/numbers/{number}/authenticate": authenticateSender,
	"PUT /senderid/v1/numbers/{number}":              updateSender,
	"DELETE /senderid/v1/numbers/{number}":           deleteSender,
	"GET /users/v1/member":                           getMember,
	"GET /iam/v1/black":                              listBlacks,
	"GET /iam/v1/block/groups":                       listBlockGroups,
	"GET /iam/v1/block/numbers":                      listBlockNumbers,
	"GET /kakao/v2/channels":                         listChannels,
	"POST /kakao/v2/channels":                        createChannel,
	"GET /kakao/v2/channels/categories":              listChannelCategories,
	"POST /kakao/v2/channels/token":                  askChannelToken,
	"GET /kakao/v2/channels/{id}":                    getChannel,
	"DELETE /kakao/v2/channels/{id}":                 deleteChannel,
	"GET /kakao/v2/templates":                        listTemplates,
	"POST /kakao/v2/templates":                       createTemplate,
	"GET /kakao/v2/templates/categories":             listTemplateCategories,
	"GET /kakao/v2/templates/sendable":               listSendable,
	"GET /kakao/v2/templates/{id}":                   getTemplate,
	"PUT /kakao/v2/templates/{id}":                   updateTemplate,
	"DELETE /kakao/v2/templates/{id}":                deleteTemplate,
	"PUT /kakao/v2/templates/{id}/name":              renameTemplate,
	"PUT /kakao/v2/templates/{id}/inspection":        inspectTemplate,
	"PUT /kakao/v2/templates/{id}/inspection/cancel": cancelInspection,
	"POST /kakao/v2/templates/{id}/relese-dormant":   wakeTemplate,
}

// pushed appends an item to a list and lets the oldest go when it is full.
func pushed[T any](list []T, item T, most int) []T {
	if len(list) >= most {
		list = append(list[:0], list[len(list)-most+1:]...)
	}
	return append(list, item)
}

// record is one item of a list that can be filtered.
type record interface {
	key() string
	field(name string) value
}

// pageOf answers a list call over items kept oldest first: newest first, from
// startKey on (inclusive), as far as limit goes. An unknown startKey finds
// nothing (G).
func pageOf[T record](items []T, q url.Values, fields map[string]valueKind) (p page, found []T, err error) {
	limit, err := limitOf(q, defaultLimit)
	if err != nil {
		return page{}, nil, err
	}
	f, err := parseFilter(q, fields)
	if err != nil {
		return page{}, nil, err
	}
	p, found = page{StartKey: filled(q.Get("startKey")), Limit: limit}, []T{}
	begun := p.StartKey == nil
	for i := len(items) - 1; i >= 0; i-- {
		item := items[i]
		begun = begun || item.key() == *p.StartKey
		if !begun || !f.match(item.field) {
			continue
		}
		if len(found) == limit {
			p.NextKey = filled(item.key())
			break
		}
		found = append(found, item)
	}
	return p, found, nil
}

// byKey finds an item of a list, or the zero value and -1.
func byKey[T record](items []T, key string) (item T, at int) {
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].key() == key {
			return items[i], i
		}
	}
	return item, -1
}

// newResourceID makes the id of a file, a channel or a template: a prefix, the
// UTC time to the millisecond, 11 random characters.
func newResourceID(r io.ByteReader, prefix string, now time.Time) string {
	now = now.UTC()
	millis := strconv.Itoa(1000 + now.Nanosecond()/1_000_000)[1:]
	return prefix + now.Format("060102150405") + millis + randomText(r, 11)
}

// textOf is a value that compares as text, boolOf one that is "true" or "false".
func textOf(s string) value { return value{text: s} }
func boolOf(b bool) value   { return value{text: strconv.FormatBool(b)} }
