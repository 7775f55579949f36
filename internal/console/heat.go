package console

import (
	"strconv"

	"github.com/sinpyo/sinpyo/internal/traffic"
)

// coldMost is how many of a hundred codes are entered at most where somebody only
// has texts sent.
const coldMost = 10

// byBlock tells the figures of the blocks of numbers that got the most texts
// within an hour. Their digits are for those who may see numbers.
func (v *visit) byBlock(w traffic.Window) (*figureTable, error) {
	ctx := v.r.Context()
	heat, err := v.traffic.Heat(ctx, w)
	if err != nil {
		return nil, err
	}
	hours, err := v.traffic.Hours(ctx, w)
	if err != nil {
		return nil, err
	}
	sent := make(map[int64]int, len(hours))
	for _, h := range hours {
		sent[h.Hour] = h.Sent
	}
	var ids []string
	if v.self.Role.May(support) {
		for _, h := range heat {
			ids = append(ids, h.MessageID)
		}
	}
	digits, err := v.results.Blocks(ctx, ids)
	if err != nil {
		return nil, err
	}
	t := v.figureTable("block", "sent", "share", "entered", "conversion", "won")
	t.Empty = "block.none"
	for _, h := range heat {
		if h.Sends < traffic.BlockLeast {
			break // the others have fewer
		}
		at := traffic.Hour{Hour: h.Hour}
		row := figureRow{
			Name: digits[h.MessageID], Code: v.when(at, false), Bar: partOf(h.Sends, heat[0].Sends, "sent"),
			Path: listed(traffic.Window{From: h.Hour, To: h.Hour + 1}),
		}
		if row.Name == "" {
			row.Name = v.locale.say("block.hidden")
		}
		conversion, ok := h.Conversion()
		row.Cells = t.cells(
			grouped(h.Sends), share(h.Sends, sent[h.Hour]), grouped(h.Entered), percent(conversion, ok), v.locale.won(h.Won))
		if ok && h.Codes >= traffic.BlockLeast && conversion <= coldMost {
			row.Matter = v.locale.say("block.cold", "n", strconv.Itoa(h.Codes))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}
