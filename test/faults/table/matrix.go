package main

import "strings"

// demand is a fault of the matrix.
type demand struct {
	fault  string // how the names of its lines begin, or end with a * before
	times  int    // how often it has to be played
	absent string // why it is not played, where it cannot be
}

// names reports whether a line is of this fault.
func (d demand) names(line string) bool {
	if tail, ok := strings.CutPrefix(d.fault, "*"); ok {
		return strings.HasSuffix(line, tail)
	}
	return strings.HasPrefix(line, d.fault)
}

// matrix is the fault matrix in its order.
var matrix = []demand{
	{fault: "process killed at random under load", times: 500},
	{fault: "killed between provider's yes and our commit", times: 100},
	{fault: "power cut: unsynced writes dropped", times: 100},
	{fault: "provider slow: 0.5 s", times: 200},
	{fault: "provider slow: 5 s", times: 200},
	{fault: "provider slow: 30 s", times: 200},
	{fault: "provider took it, answer lost", times: 200},
	{fault: "connection reset while sending", times: 200},
	{fault: "connection reset while reading", times: 200},
	{fault: "provider answers 500", times: 200},
	{fault: "provider answers 502", times: 200},
	{fault: "provider answers 503", times: 200},
	{fault: "provider answers 429", times: 200},
	{fault: "refused: sender number", times: 50},
	{fault: "refused: balance", times: 50},
	{fault: "refused: signature", times: 50},
	{fault: "refused: clock", times: 50},
	{fault: "provider answers broken bodies", times: 50},
	{fault: "provider answers huge bodies", times: 50},
	{fault: "provider answers dripping bodies", times: 50},
	{fault: "DNS failure", times: 50},
	{fault: "bad certificate", times: 50},
	{fault: "disk full", times: 20},
	{fault: "disk read-only", times: 20},
	{fault: "disk I/O error", times: 20},
	{fault: "database busy", times: 100},
	{fault: "PostgreSQL restarted", times: 100},
	{fault: "connection cut during commit", times: 100},
	{fault: "one of three nodes killed", times: 50},
	{fault: "one of three nodes cut off from the database", times: 50},
	{fault: "clock ±10 minutes", times: 20},
	{fault: "1,000 parallel checks", times: 200},
	{fault: "1,000 parallel creates", times: 200},
	{fault: "1,000 parallel token uses", times: 200},
	{fault: "webhook receiver down, slow, redirecting inward, rebinding", times: 200, absent: "the product calls no webhooks of others"},
	{fault: "10,000 slow connections", times: 3},
	{fault: "backup restored", times: 10},
	{fault: "* rotated under load", times: 5},
	{fault: "delivery reports late", times: 100},
	{fault: "delivery reports doubled", times: 100},
	{fault: "delivery reports out of order", times: 100},
	{fault: "delivery reports forged", times: 100},
}
