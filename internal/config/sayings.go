package config

// said is what the documents say of a setting, as Markdown, in both languages.
type said struct {
	en, ko string
	// Where the default is not a text but follows from something else.
	defEN, defKO string
}

// sayings returns what is said of each setting, by its name. It is a function so
// that a server that is asked nothing of the kind does not make it.
func sayings() map[string]said {
	return map[string]said{
		"listen": {
			en: "sign-up pages and REST API",
			ko: "가입 페이지와 REST API",
		},
		"public_url": {
			en: "the address people see; `https` unless it is localhost",
			ko: "이용자가 보는 주소. localhost가 아니면 `https`",
		},
		"console_listen": {
			en: "the operators' [console](console.md)",
			ko: "운영자 [콘솔](console.md)",
		},
		"console_url": {
			en: "the console's address as operators see it: it stands in their links, and their passkeys belong to its host",
			ko: "운영자가 보는 콘솔 주소: 운영자에게 주는 링크에 들어가고, 운영자의 패스키는 이 호스트에 묶입니다",
		},
		"console_networks": {
			en:    "networks that the console answers to, such as `10.0.0.0/8, 192.0.2.7`; everybody else gets 403",
			ko:    "콘솔이 답할 네트워크. 예: `10.0.0.0/8, 192.0.2.7`. 다른 곳에는 403으로 답합니다",
			defEN: "all", defKO: "모두",
		},
		"metrics_listen": {
			en: "Prometheus figures",
			ko: "Prometheus 지표",
		},
		"sandbox_listen": {
			en: "the emulator of `serve --dev`",
			ko: "`serve --dev`의 에뮬레이터",
		},
		"data_dir": {
			en: "database and keys; with PostgreSQL also `node_id`, the name of this node, so that each node needs a folder of its own",
			ko: "데이터베이스와 열쇠. PostgreSQL이면 이 노드의 이름인 `node_id`도 있으므로 노드마다 폴더가 따로 있어야 합니다",
		},
		"database_url": {
			en:    "`postgres://…` for PostgreSQL 15 or newer",
			ko:    "PostgreSQL 15 이상은 `postgres://…`",
			defEN: "SQLite in `data_dir`", defKO: "`data_dir` 안의 SQLite",
		},
		"master_key_file": {
			en:    "the key that opens the database; see the README",
			ko:    "데이터베이스를 여는 열쇠. README 참고",
			defEN: "in `data_dir`", defKO: "`data_dir` 안",
		},
		"coolsms.api_key": {
			en: "the provider's key",
			ko: "CoolSMS API 키",
		},
		"coolsms.api_secret": {
			en: "its secret; better as `SINPYO_COOLSMS_API_SECRET_FILE`",
			ko: "API 시크릿. `SINPYO_COOLSMS_API_SECRET_FILE`이 더 안전합니다",
		},
		"coolsms.sender": {
			en: "the registered sender number, digits only",
			ko: "등록한 발신번호, 숫자만",
		},
		"coolsms.sender_by_purpose": {
			en: "other sender numbers for some purposes: `login:0215770000 recovery:0215770001`. Purposes: `signup`, `login`, `recovery`, `number_change`, `api`",
			ko: "용도별 발신번호: `login:0215770000 recovery:0215770001`. 용도는 `signup`, `login`, `recovery`, `number_change`, `api`",
		},
		"coolsms.second_sender": {
			en: "the number texts leave from while the provider refuses the first one: not registered, lapsed, blocked. The first is tried again after ten minutes",
			ko: "첫 발신번호가 거절될 때(미등록, 만료, 차단) 대신 쓰는 번호. 첫 번호는 10분 뒤에 다시 써 봅니다",
		},
		"coolsms.calls_per_second": {
			en: "calls of the provider in a second at most, on each node. The provider publishes no limit; with fewer calls more texts travel together",
			ko: "노드마다 CoolSMS를 1초에 부르는 횟수의 상한. CoolSMS가 밝힌 한도는 없습니다. 적게 부르면 한 번에 더 많은 문자가 함께 나갑니다",
		},
		"coolsms.balance_floor": {
			en: "won; with less than this at the provider new texts are refused (`budget_spent`). `0` refuses none",
			ko: "원. CoolSMS 잔액이 이보다 적으면 새 문자를 거절합니다(`budget_spent`). `0`이면 거절하지 않습니다",
		},
		"coolsms.runway_days": {
			en: "when the money at the provider lasts for fewer days than this, as the last seven were spent, an alarm is raised; see [sender numbers and money](senders.md). `0` raises none",
			ko: "지난 7일처럼 쓰면 CoolSMS 잔액이 이 날수보다 적게 갈 때 경보를 울립니다. [발신번호와 잔액](senders.md)을 보세요. `0`이면 울리지 않습니다",
		},
		"coolsms.webhook_secret": {
			en: "with it the provider's reports are taken at `/coolsms/webhook`; `sinpyo doctor --register-webhook` tells the provider. Without it reports are asked for",
			ko: "있으면 `/coolsms/webhook`에서 전송 결과를 받습니다. `sinpyo doctor --register-webhook`이 CoolSMS에 등록합니다. 없으면 결과를 물어봅니다",
		},
		"coolsms.base_url": {
			en: "`http` for loopback only",
			ko: "`http`는 루프백에만",
		},
		"service.name": {
			en: "stands in each text and on each page",
			ko: "문자와 페이지에 나오는 서비스 이름",
		},
		"service.host": {
			en:    "the host that the last line of a text names",
			ko:    "문자 마지막 줄에 나오는 호스트",
			defEN: "host of `public_url`", defKO: "`public_url`의 호스트",
		},
		"service.logo": {
			en: "an SVG, PNG or WebP of at most 64 kB that stands for the name at the head of each page, 28 px high and at most 200 wide",
			ko: "화면 위에서 이름 대신 보일 그림. SVG, PNG, WebP, 64 kB까지. 높이 28 px, 너비 200 px까지로 보여요",
		},
		"service.brand": {
			en:    "the colour of what can be pressed; darker and lighter shades follow from it. Under 4.5:1 on white a warning is given, and letters are dark or take a darker shade",
			ko:    "누를 수 있는 것의 색. 더 짙고 옅은 색은 여기서 나와요. 흰 바탕에서 4.5:1보다 흐리면 경고하고, 글자는 어두운 색이나 더 짙은 색으로 써요",
			defEN: "`#256ef4`", defKO: "`#256ef4`",
		},
		"service.support": {
			en: "where people ask for help: an `https:`, `tel:` or `mailto:` address, linked at the foot and where a text does not come",
			ko: "도움을 청할 곳. `https:`, `tel:`, `mailto:` 주소. 화면 아래와 문자가 오지 않을 때의 도움말에 이어져요",
		},
		"service.return_to": {
			en: "whole addresses that the pages may lead back to once somebody is in, parted by spaces: `https://shop.example.kr/welcome`. `/login?return_to=…` must name one of them letter by letter, or the way ends at the account",
			ko: "로그인한 뒤 돌려보낼 수 있는 전체 주소. 띄어쓰기로 나눠요: `https://shop.example.kr/welcome`. `/login?return_to=…`의 주소가 이 가운데 하나와 글자 하나까지 같아야 하고, 아니면 내 계정에서 끝나요",
		},
		"accounts.password": {
			en: "whether members have a password beside their number: `off`, `optional` or `required`. With `off` none can be set; one that was set before goes on being asked for until it is removed",
			ko: "회원이 번호 외에 비밀번호를 쓰는지: `off`, `optional`, `required`. `off`이면 새로 정할 수 없고, 이미 정한 비밀번호는 지울 때까지 계속 물음",
		},
		"accounts.password_least": {
			en: "characters a new password has at least, 8 to 64",
			ko: "새 비밀번호의 최소 글자 수, 8~64",
		},
		"accounts.argon2_memory": {
			en: "MiB that hashing a password takes, 19 to 1024; as many are hashed at a time as there are processors. A raised value takes effect for each member at the next sign-in",
			ko: "비밀번호 하나를 해시할 때 쓰는 메모리(MiB), 19~1024. 동시에 프로세서 수만큼만 해시함. 값을 올리면 회원마다 다음 로그인 때 적용됨",
		},
		"accounts.argon2_time": {
			en: "passes over that memory, 1 to 20; under 46 MiB at least 2",
			ko: "그 메모리를 도는 횟수, 1~20. 46MiB보다 작으면 2 이상",
		},
		"accounts.second_proof_days": {
			en: "days after which a code to the number does not open an account from an unknown browser any more, 30 to 365: carriers give a number that was given up to somebody else after 90",
			ko: "번호를 인증한 지 이 날수가 지나면 모르는 브라우저에서는 문자만으로 계정을 열지 않음, 30~365. 통신사는 해지된 번호를 90일 뒤 다른 사람에게 줍니다",
		},
		"accounts.recovery_wait": {
			en: "how long a recovery without a second proof waits, while the member is told and may cancel it: `1h` to `720h`; `0` allows none",
			ko: "두 번째 확인 수단 없이 복구할 때 기다리는 시간. 그동안 회원에게 알리고 회원은 취소할 수 있음. `1h`~`720h`, `0`이면 기다려서 복구할 수 없음",
		},
		"accounts.dormant_after_days": {
			en: "days without a sign-in after which a member becomes dormant, which is announced 30 days ahead: 365 to 3650; `0` is never",
			ko: "이 날수 동안 로그인하지 않으면 휴면 계정이 되며 30일 전에 알림. 365~3650, `0`이면 쓰지 않음",
		},
		"pages_dir": {
			en: "a folder with templates and texts that stand in the place of the built-in ones; see [pages](pages.md)",
			ko: "기본 화면 대신 쓸 틀과 글이 든 폴더. [화면](pages.md)을 보세요",
		},
		"limits.application_per_minute": {
			en: "texts a minute and application",
			ko: "애플리케이션당 분당 문자 수",
		},
		"limits.installation_per_minute": {
			en: "texts a minute altogether",
			ko: "전체 분당 문자 수",
		},
		"limits.won_per_day": {
			en: "what texts may cost a day in Seoul, at the list price; the last fifth is kept for logins and trusted browsers; 0 sends nothing. These three can be changed [while servers run](console.md#budgets)",
			ko: "서울 날짜로 하루에 문자에 쓸 수 있는 돈(정가 기준). 마지막 5분의 1은 로그인과 신뢰하는 브라우저 몫, 0이면 보내지 않음. 이 셋은 [서버가 도는 동안](console.md#예산) 바꿀 수 있음",
		},
		"limits.shadow": {
			en: "rules that decide and are noted but refuse nothing, to try them out: `number_sends`, `number_wrong`, `number_locked`, `device`, `network`, `application_per_minute`, `installation_per_minute`, `won_per_day`, `conversion`, `spraying`, `number_range`",
			ko: "판단하고 기록하되 막지 않을 규칙: `number_sends`, `number_wrong`, `number_locked`, `device`, `network`, `application_per_minute`, `installation_per_minute`, `won_per_day`, `conversion`, `spraying`, `number_range`",
		},
		"log_level": {
			en: "the least that is logged: `debug`, `info`, `warn` or `error`",
			ko: "로그에 남길 가장 낮은 수준: `debug`, `info`, `warn`, `error`",
		},
		"tracing.endpoint": {
			en: "an OTLP receiver over HTTP, such as `http://localhost:4318`; without it nothing is traced",
			ko: "OTLP/HTTP 수신기 주소(예: `http://localhost:4318`). 없으면 추적하지 않음",
		},
		"tracing.ratio": {
			en: "how many of the requests are traced, 0 to 1",
			ko: "추적할 요청의 비율, 0~1",
		},
		"retention_days": {
			en: "days after which what has ended is erased, 1 to 365; see [what is kept](retention.md)",
			ko: "끝난 것을 지우기까지의 날수, 1~365. [보관 기간](retention.md) 참고",
		},
		"retention.message_days": {
			en: "days after which messages are erased, 1 to 3650; their numbers go after `retention_days`",
			ko: "문자 기록을 지우기까지의 날수, 1~3650. 번호는 `retention_days`가 지나면 지웁니다",
		},
		"retention.left_consents_days": {
			en: "days after which the consents of members who left are erased, 1 to 3650",
			ko: "탈퇴한 회원의 동의 기록을 지우기까지의 날수, 1~3650",
		},
		"consents_file": {
			en:    "what is asked at sign-up, and the privacy notice; see [consents](consents.md)",
			ko:    "가입할 때 묻는 것과 개인정보 처리방침. [동의](consents.md) 참고",
			defEN: "built in", defKO: "내장",
		},
		"accounts.guardian_url": {
			en: "a page of yours where somebody under 14 goes on with a guardian; without it sign-up stops for them",
			ko: "만 14세 미만이 보호자와 함께 이어 갈 운영자의 페이지. 없으면 가입이 거기서 멈춤",
		},
		"trusted_proxies": {
			en: "networks whose forwarded headers count",
			ko: "전달 헤더를 믿을 네트워크",
		},
		"tls_cert": {
			en: "files, when no proxy stands in front",
			ko: "앞에 프록시가 없을 때 쓰는 파일",
		},
		"tls_key": {
			en: "files, when no proxy stands in front",
			ko: "앞에 프록시가 없을 때 쓰는 파일",
		},
		"hsts_subdomains": {
			en: "HSTS for subdomains too",
			ko: "하위 도메인에도 HSTS",
		},
		"alerts.to": {
			en: "a number that gets at most one alarm text an hour",
			ko: "경보 문자를 받을 번호. 한 시간에 한 통까지",
		},
	}
}
