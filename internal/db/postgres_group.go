package db

import (
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The statements that hold a group together.
var (
	pgBegin   = pgKey{query: "BEGIN"}
	pgCommit  = pgKey{query: "COMMIT"}
	pgSave    = pgKey{query: "SAVEPOINT act"}
	pgRelease = pgKey{query: "RELEASE act"}
	pgUndo    = pgKey{query: "ROLLBACK TO act"}
	pgFloor   = pgKey{query: clockFloor}

	pgControls = []pgKey{pgBegin, pgCommit, pgSave, pgRelease, pgUndo, pgFloor}
)

// pgItem is a queued statement with its encoded arguments.
type pgItem struct {
	key     pgKey
	sd      *pgconn.StatementDescription
	values  pgx.ExtendedQueryBuilder
	refusal error   // what a guard's no means
	dest    []any   // where the row of a Get goes
	rows    *pgRows // where the rows of a Query go
}

// into notes where the row goes once it has come.
func (i *pgItem) into(dest []any) error {
	i.dest = dest
	return nil
}

// Close does nothing: an item holds nothing open.
func (i *pgItem) Close() error { return nil }

// pgAct is an act with what it has queued.
type pgAct struct {
	*act
	items   []*pgItem // not sent yet
	started bool      // a part of it has run, for a Row in its middle
	running bool      // its closure has not ended
}

// pgGroup is one transaction: the acts of a group on their way to the server.
//
// The first pass sends all that is queued in one pipeline, each act in a
// savepoint. At the first act that fails the server skips the rest. The second
// pass sends that rest so that failures need no further one: a Sync after each
// act ends the skipping, and the next act begins with ROLLBACK TO act. An act
// that has succeeded has ended by setting the savepoint anew, so that nothing
// is undone; one that failed has skipped that, so that it is undone itself.
//
// Two statements in five would be about savepoints. A group that goes out as a
// whole has none, until an act fails: that takes all others along, and they run
// again with savepoints, as the next groups do, for failures seldom come alone.
type pgGroup struct {
	conn    *pgConn
	pending []*pgAct
	careful int       // so many groups still have savepoints
	open    bool      // BEGIN has been sent
	saved   bool      // the savepoint stands, before the act that comes next
	undo    bool      // the act after the savepoint has failed
	owed    []bulkRow // of acts that have run, written at the end

	pipeline *pgconn.Pipeline
	how      pgPass
	steps    []pgStep
}

// pgPass is how acts are sent.
type pgPass int

const (
	pgWhole   pgPass = iota // without savepoints: all or none
	pgSaved                 // as far as the first that fails
	pgCareful               // each by itself: failures are expected
)

// pgStep is what one result belongs to.
type pgStep struct {
	act  *pgAct  // whose failure it is; nil for the group's
	item *pgItem // nil for a Sync
}

// flush sends what is pending and, when end is set, COMMIT with the clock's
// floor before it, unless that is 0. The failures of single acts are noted at
// the acts; the error is that of the group.
func (g *pgGroup) flush(end bool, floor Time) error {
	acts := g.pending
	g.pending = nil
	if end && !g.open && !anything(acts) {
		return nil
	}
	how := pgSaved
	if g.careful == 0 && end && !g.open {
		how = pgWhole
	}
	taken, err := g.pass(acts, how, end, floor)
	if err != nil {
		return err
	}
	if rest := acts[taken:]; len(rest) > 0 || end && g.open {
		_, err = g.pass(rest, pgCareful, end, floor)
	}
	return err
}

// anything reports whether any act has something to send.
func anything(acts []*pgAct) bool {
	return slices.ContainsFunc(acts, func(a *pgAct) bool { return len(a.items) > 0 || a.started || len(a.tx.rows) > 0 })
}

// pass sends acts in one pipeline and takes the results. It returns how many
// acts it settled: all, unless one failed and the pass was not a careful one.
func (g *pgGroup) pass(acts []*pgAct, how pgPass, end bool, floor Time) (settled int, err error) {
	careful := how == pgCareful
	bulk, err := g.bulk(acts, careful, end)
	if err != nil {
		return 0, err
	}
	if err := g.conn.extend(); err != nil {
		return 0, &lostError{err}
	}
	g.pipeline = g.conn.PgConn().StartPipeline(background)
	g.how, g.steps = how, g.steps[:0]
	if !g.open {
		g.control(nil, pgBegin)
	}
	if g.undo {
		g.control(nil, pgUndo)
	}
	g.open, g.undo = true, false
	for _, a := range acts {
		g.act(a)
	}
	for _, item := range bulk {
		g.send(nil, item)
	}
	if end {
		g.end(floor)
	}
	g.sync()
	failed, err := g.read()
	if err != nil {
		return 0, err
	}
	if failed != nil && how == pgWhole {
		g.rollback()
		return 0, errUnsaved
	}
	settled = len(acts)
	if failed != nil && !careful {
		settled = slices.Index(acts, failed) + 1
	}
	for _, a := range acts[:settled] {
		a.items, a.started = a.items[:0], true
	}
	switch {
	case failed != nil && (!careful || failed.running):
		g.saved, g.undo = true, true
		g.owe(acts[:settled], failed, careful)
	case end:
		g.open, g.saved = false, false
		g.owed = nil
	default:
		g.owe(acts[:settled], nil, careful)
	}
	return settled, nil
}

// prepare returns the statement for key. Before the first time it undoes an act
// that has failed, because nothing can be prepared in a transaction that has.
func (g *pgGroup) prepare(key pgKey) (*pgconn.StatementDescription, error) {
	if _, known := g.conn.statements[key]; !known && g.undo {
		if err := g.conn.control(pgUndo.query); err != nil {
			return nil, err
		}
		g.undo = false
	}
	return g.conn.prepare(key, g.open)
}

// prepareBulk prepares a Bulk in all its lengths.
func (g *pgGroup) prepareBulk(b *Bulk) error {
	if g.conn.bulks[b] {
		return nil
	}
	for _, query := range b.text {
		if _, err := g.prepare(pgKey{query: query}); err != nil {
			return err
		}
	}
	g.conn.bulks[b] = true
	return nil
}

// bulk prepares the rows that a pass writes before COMMIT: what is owed, and
// those of its acts. In a careful pass, where any of them may fail, each act
// takes its own along.
func (g *pgGroup) bulk(acts []*pgAct, careful, end bool) (items []*pgItem, err error) {
	rows := slices.Clone(g.owed)
	for _, a := range acts {
		// All lengths now: in the pass after a failure nothing can be prepared.
		for _, row := range a.tx.rows {
			if err := g.prepareBulk(row.of); err != nil {
				return nil, err
			}
		}
		switch {
		case a.running:
		case careful:
			own, err := g.insertItems(a.tx.rows)
			if err != nil {
				return nil, err
			}
			a.items = append(a.items, own...)
		default:
			rows = append(rows, a.tx.rows...)
		}
	}
	if !end {
		return nil, nil
	}
	return g.insertItems(rows)
}

// insertItems returns the statements that write rows, which are prepared.
func (g *pgGroup) insertItems(rows []bulkRow) (items []*pgItem, err error) {
	for _, in := range inserts(rows) {
		key := pgKey{query: in.query}
		item := &pgItem{key: key, sd: g.conn.statements[key]}
		if err := item.values.Build(g.conn.TypeMap(), item.sd, in.args); err != nil {
			return nil, pgError(key.query, err)
		}
		items = append(items, item)
	}
	return items, nil
}

// owe notes the rows of acts that have run to their end and are not written
// yet: those of a careful pass are.
func (g *pgGroup) owe(acts []*pgAct, failed *pgAct, careful bool) {
	for _, a := range acts {
		if a != failed && !a.running && !careful {
			g.owed = append(g.owed, a.tx.rows...)
		}
	}
}

// act sends one act.
func (g *pgGroup) act(a *pgAct) {
	if len(a.items) == 0 && !a.started {
		return
	}
	if !g.saved && g.how != pgWhole {
		g.control(a, pgSave)
		g.saved = true
	}
	for _, item := range a.items {
		g.send(a, item)
	}
	if a.running || g.how == pgWhole {
		return // one that runs is the last
	}
	g.control(a, pgRelease)
	g.saved = false
	if g.how == pgCareful {
		g.control(a, pgSave)
		g.saved = true
		g.sync()
		g.control(nil, pgUndo)
	}
}

// end sends the end of the transaction.
func (g *pgGroup) end(floor Time) {
	if floor > 0 {
		item := &pgItem{key: pgFloor, sd: g.conn.statements[pgFloor]}
		// An int64 for a BIGINT can always be encoded.
		_ = item.values.Build(g.conn.TypeMap(), item.sd, []any{int64(floor)})
		g.send(nil, item)
	}
	g.control(nil, pgCommit)
}

// control sends a statement without arguments.
func (g *pgGroup) control(a *pgAct, key pgKey) {
	g.send(a, &pgItem{key: key, sd: g.conn.statements[key]})
}

// send puts a statement into the pipeline.
func (g *pgGroup) send(a *pgAct, item *pgItem) {
	g.steps = append(g.steps, pgStep{act: a, item: item})
	v := &item.values
	if g.how == pgCareful {
		// SendQueryStatement spares the server a description, but pgx 5.12
		// loses count of those when a statement fails and others follow.
		g.pipeline.SendQueryPrepared(item.sd.Name, v.ParamValues, v.ParamFormats, v.ResultFormats)
		return
	}
	g.pipeline.SendQueryStatement(item.sd, v.ParamValues, v.ParamFormats, v.ResultFormats)
}

// sync ends a stretch of the pipeline: the server skips no further than here.
func (g *pgGroup) sync() {
	g.steps = append(g.steps, pgStep{})
	g.pipeline.SendPipelineSync()
}

// rollback leaves no transaction open; what fails closes the connection.
func (g *pgGroup) rollback() {
	if g.open && g.conn.control("ROLLBACK") != nil {
		g.conn.drop()
	}
	g.open, g.saved, g.undo, g.owed = false, false, false, nil
}
