package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// announced is one line of the built-in privacy notice and the columns that it
// speaks of (S-111).
type announced struct {
	ko, en  string // how its line begins
	columns string // "users.id", or "users.a,b" for several of a table
}

var notice = []announced{
	{"휴대폰 번호", "Mobile number", `users.number_sealed,number_mac,tail_mac,prefix_mac
		verifications.number_sealed,number_mac,tail_mac,prefix_mac messages.number_sealed,number_mac,tail_mac,prefix_mac
		departures.number_mac,left_at`},
	{"이름", "Name", `users.name`},
	{"계정 정보", "Account data", `users.id,locale,created_at,last_proved_at,devices_since,active_at,blocked_at,dormancy_due_at,dormant_at`},
	{"로그인 수단", "Ways to sign in", `passkeys.id,user_id,credential_id,credential,counter,label,created_at,used_at
		passkey_ceremonies.id,act,user_id,asked,expires_at passwords.user_id,hash_sealed,set_at
		totp_seeds.user_id,seed_sealed,added_at,last_step,draft_sealed,draft_expires_at recovery_codes.user_id,code_mac,made_at
		factor_tries.user_id,factor,wrong_hour,wrong_day,wrong_month one_time_codes.code_hash,user_id,expires_at,used_at`},
	{"로그인 기록", "Sign-in records", `sessions.id,token_hash,user_id,device,created_at,expires_at,ended_at,way,proved_at,seen_at
		events.number,at,kind,application_id,verification_id,user_id,detail`},
	{"인증 기록", "Verification records", `verifications.id,application_id,purpose,locale,status,binding,code_length,code_sealed,code_mac,attempts,sends
		verifications.message_id,metadata,created_at,sent_at,expires_at,ended_at,approved_at,redeemed_at,lane,token_hash
		idempotency.key_mac,body_mac,status,answer_sealed,expires_at`},
	{"문자 기록", "Text records", `messages.id,application_id,verification_id,text_sealed,status,status_code,network,group_id,provider_message_id
		messages.created_at,deadline,unwanted_at,accepted_at,received_at,ended_at,purpose,cost,sender,type,entered_at
		traffic_aside.message_id,hour,entered_at`},
	{"접속 정보", "Access data", `verifications.device_hash,network_mac decisions.number,at,rule,outcome,number_mac,network_mac,application_id,times`},
	{"이용 한도 기록", "Usage limits", `number_limits.number_mac,sent_1,sent_2,sent_3,sent_4,sent_5,sent_6,sent_7,sent_8,sent_9,sent_10
		number_limits.subject_1,subject_2,subject_3,subject_4,subject_5,wrong_hour,wrong_day,wrong_month,wrong_long,wrong_row,wrong_recovery,trusted_at
		device_limits.device_hash,number_mac,sent_1,sent_2,sent_3,sent_4,sent_5,sent_6,subject_1,subject_2,subject_3,wrong_hour,wrong_day,wrong_month
		network_limits.network_mac,sent_at,sends,numbers network_sends.network_mac,hour,sends
		notice_limits.number_mac,sent_1,sent_2,sent_3 traffic_prefixes.hour,prefix_mac,sends,won,message_id`},
	{"변경 알림 기록", "Notices of changes", `notices.id,user_id,kind,at,number_sealed,due_at,texted_at
		number_changes.id,user_id,number_mac,changed_at,undone_at recoveries.user_id,begun_at,ready_at`},
	{"동의 기록", "Consent records", `consents.user_id,item,agreed_at,version,locale,hash,screen,withdrawn_at,withdrawn_screen,reminded_at
		kept_consents.number_mac,left_at,item,agreed_at,version,locale,hash,screen,withdrawn_at,withdrawn_screen`},
	{"운영자가 한 일의 기록", "Records of operators", `records.number,at,actor,origin,act,subject,person,detail,hash`},
}

// nobodys are the tables in which no row is about a person.
var nobodys = []string{
	"db_facts", "db_clock", "applications", "application_keys", "provider_groups", "nodes", "node_duties", "outbox_marks", "ceilings",
	"won_days", "wrong_hours", "gates", "budgets", "decision_hours", "signing_keys", "sealing_keys", "sealing_nodes", "consent_texts",
	"record_head", "watched_senders", "watched_purse", "watch_turns", "provider_pair",
	"traffic_state", "traffic_hours", "traffic_cells",
}

// operators are the tables whose rows are about operators. The notice is for
// members; docs/operators.md tells operators what is kept of them.
var operators = []string{"operators", "operator_links", "operator_sessions", "operator_tries"}

var (
	comment     = regexp.MustCompile(`--.*`)
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	addColumn   = regexp.MustCompile(`ALTER TABLE (\w+) ADD COLUMN (\w+)`)
	column      = regexp.MustCompile(`(?m)^\s+(\w+)\s+(?:TEXT|BIGINT|BYTEA|SMALLINT)\b`)
)

// schemaColumns reads the columns of every table as the migrations leave them: a
// table that is made anew has the columns of the last time.
func schemaColumns(t *testing.T) map[string][]string {
	t.Helper()
	migrations, err := filepath.Glob(filepath.Join("..", "db", "schema", "*.sql")) // sorted by name
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, m := range migrations {
		text, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		sql := comment.ReplaceAllString(string(text), "")
		for _, table := range createTable.FindAllStringSubmatch(sql, -1) {
			columns[table[1]] = nil
			for _, c := range column.FindAllStringSubmatch(table[2], -1) {
				columns[table[1]] = append(columns[table[1]], c[1])
			}
		}
		for _, added := range addColumn.FindAllStringSubmatch(sql, -1) {
			columns[added[1]] = append(columns[added[1]], added[2])
		}
	}
	for table := range schemaTables(t) {
		if len(columns[table]) == 0 {
			t.Fatalf("read no columns of %s: write its migration like the others", table)
		}
	}
	return columns
}

// TestPrivacyNotice_NamesEveryColumnAboutAPerson is S-111: who adds a table or a
// column says here which line of the notice speaks of it, or that no row of the
// table is about a person.
func TestPrivacyNotice_NamesEveryColumnAboutAPerson(t *testing.T) {
	t.Parallel()
	named := map[string]int{}
	for _, line := range notice {
		for _, part := range strings.Fields(line.columns) {
			table, names, _ := strings.Cut(part, ".")
			for name := range strings.SplitSeq(names, ",") {
				named[table+"."+name]++
			}
		}
	}
	columns := schemaColumns(t)
	for _, table := range sortedKeys(columns) {
		for _, name := range columns[table] {
			place := table + "." + name
			switch times, free := named[place], slices.Contains(nobodys, table) || slices.Contains(operators, table); {
			case free && times > 0:
				t.Errorf("%s stands in the notice, though no row of %s is about a member", place, table)
			case !free && times == 0:
				t.Errorf("no line of the privacy notice speaks of %s: name it in notice, and see that the line is true", place)
			case times > 1:
				t.Errorf("%d lines of the notice speak of %s", times, place)
			}
			delete(named, place)
		}
	}
	for _, place := range sortedKeys(named) {
		t.Errorf("the notice speaks of %s, which no migration makes", place)
	}
	for _, table := range slices.Concat(nobodys, operators) {
		if columns[table] == nil {
			t.Errorf("nobodys or operators names %s, which no migration makes", table)
		}
	}
}

// TestOperators_AreToldWhatIsKeptOfThem wants each table about operators in
// docs/operators.md and its Korean twin.
func TestOperators_AreToldWhatIsKeptOfThem(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"operators.md", "ko/operators.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range operators {
			if !strings.Contains(string(text), "`"+table+"`") {
				t.Errorf("docs/%s does not tell of %s", page, table)
			}
		}
	}
}

// TestPrivacyNotice_SaysWhatTheLawWants reads the built-in notice in both
// languages: kinds, periods, the text message provider, and rights.
func TestPrivacyNotice_SaysWhatTheLawWants(t *testing.T) {
	t.Parallel()
	privacy := consent.Builtin().Privacy()
	for _, c := range []struct {
		locale string
		kind   func(announced) string
		period *regexp.Regexp
		others []string // points that are no kind of data
	}{
		{"ko", func(a announced) string { return a.ko }, regexp.MustCompile(`지워요\.$|보관해요\.$`), []string{
			"문자 발송 업체", "열람", "정정", "동의 철회", "삭제와 탈퇴", "처리 정지", "법정대리인", "구제", "쿠키", "안전 조치",
		}},
		{"en", func(a announced) string { return a.en }, regexp.MustCompile(`(?i)\b(erased|kept)\b`), []string{
			"Text message provider", "Access", "Correction", "Withdrawal of consent", "Erasure and leaving", "Restriction",
			"Guardians", "Remedy", "Cookies", "Protection",
		}},
	} {
		points := map[string]string{}
		for line := range strings.Lines(privacy.Texts[c.locale].Body) {
			if point, ok := strings.CutPrefix(line, "- "); ok {
				name, text, _ := strings.Cut(point, ": ")
				points[name] = strings.TrimSpace(text)
			}
		}
		for _, line := range notice {
			if text := points[c.kind(line)]; !c.period.MatchString(text) {
				t.Errorf("%s: the point %q says no period: %q", c.locale, c.kind(line), text)
			}
			delete(points, c.kind(line))
		}
		for _, name := range c.others {
			if points[name] == "" {
				t.Errorf("%s: there is no point %q", c.locale, name)
			}
			delete(points, name)
		}
		for _, name := range sortedKeys(points) {
			t.Errorf("%s: no column belongs to the point %q", c.locale, name)
		}
		if !strings.Contains(privacy.Texts[c.locale].Body, "CoolSMS") {
			t.Errorf("%s: the provider is not named", c.locale)
		}
	}
}
