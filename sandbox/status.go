package sandbox

// statusWords are the message status codes in Korean, as errorMessage and
// statusMessage carry them, and in English for the page. Codes that are not
// here are legal: the first digit tells the class.
var statusWords = map[string][2]string{
	"1010": {"필수값 누락", "Required value missing"},
	"1011": {"형식 오류", "Malformed value"},
	"1013": {"SMS에 제목 불가", "An SMS has no subject"},
	"1014": {"제목 40바이트 초과", "Subject over 40 bytes"},
	"1020": {"계정 인증 실패", "Account not authenticated"},
	"1021": {"메시지 없음", "Message not found"},
	"1022": {"그룹 없음", "Group not found"},
	"1023": {"이미지 없음", "Image not found"},
	"1024": {"서버 오류(접수)", "Server error at the door"},
	"1025": {"잘못된 메시지 타입", "Type not known"},
	"1026": {"중복 수신번호", "Recipient twice in the group"},
	"1027": {"UTF-8 아님", "Not UTF-8"},
	"1028": {"출력 불가 문자", "Unprintable character"},
	"1029": {"EUC-KR 범위 밖 문자", "Character outside EUC-KR"},
	"1030": {"잔액 부족(접수)", "Not enough balance to accept"},
	"1031": {"본문 길이 초과", "Text too long"},
	"1032": {"커스텀 필드 오류", "customFields not acceptable"},
	"1033": {"kakaoOptions 사용 불가", "kakaoOptions on another type"},
	"1034": {"imageId 없음", "imageId not found"},
	"1041": {"채널 값 오류", "Kakao channel id wrong"},
	"1042": {"템플릿 아이디 오류", "Template id wrong"},
	"1043": {"템플릿과 내용 불일치", "Text is not the template"},
	"1044": {"버튼 값 오류", "Button wrong"},
	"1045": {"버튼 URL 오류", "Button address wrong"},
	"1046": {"버튼 누락", "Buttons missing"},
	"1047": {"불필요한 버튼", "Buttons not wanted"},
	"1048": {"버튼 URL 100자 초과", "Button address over 100 characters"},
	"1049": {"버튼명 14자 초과", "Button name over 14 characters"},
	"1050": {"버튼 5개 초과", "Over 5 buttons"},
	"1051": {"미등록 친구톡 이미지", "Image not registered with Kakao"},
	"1052": {"버튼 순서 불일치", "Buttons out of order"},
	"1053": {"친구톡 DS 버튼 불가", "DS button on a friend talk"},
	"1058": {"전송경로 없음(접수)", "No route"},
	"1060": {"차단된 수신번호", "Recipient blocked"},
	"1061": {"080 수신거부", "Recipient opted out (080)"},
	"1062": {"발신번호 미등록", "Sender number not registered"},
	"1064": {"KISA 신고 차단", "Blocked after a KISA report"},
	"2000": {"정상 접수(이통사로 접수 예정) ", "Accepted, waiting"},
	"2011": {"형식 오류(플랫폼)", "Malformed value (platform)"},
	"2024": {"서버 오류(플랫폼)", "Server error (platform)"},
	"2060": {"차단된 수신번호", "Recipient blocked"},
	"2061": {"080 수신거부", "Recipient opted out (080)"},
	"2062": {"발신번호 미등록", "Sender number not registered"},
	"2063": {"차단된 계정", "Account blocked"},
	"2064": {"KISA 신고 차단", "Blocked after a KISA report"},
	"2100": {"예약 대기", "Scheduled"},
	"2160": {"예약 취소", "Schedule cancelled"},
	"2230": {"잔액 부족", "Not enough balance to send"},
	"2254": {"플랫폼 스팸 처리", "Taken for spam (platform)"},
	"3000": {"이통사 접수", "At the carrier"},
	"3010": {"수신번호 형식 오류", "Recipient number malformed"},
	"3011": {"형식 오류(통신사)", "Malformed value (carrier)"},
	"3012": {"연동처 오류", "Relay error"},
	"3013": {"발신번호 세칙 위반", "Sender number against the rules"},
	"3014": {"상태 불명", "State unclear"},
	"3024": {"서버 오류(통신사)", "Server error (carrier)"},
	"3031": {"전송 불가", "Not sendable"},
	"3032": {"미가입자", "No such subscriber"},
	"3040": {"전송시간 초과", "Timed out"},
	"3041": {"단말기 통화중", "Line busy"},
	"3042": {"음영지역", "Out of coverage"},
	"3043": {"단말기 전원 꺼짐", "Phone switched off"},
	"3044": {"단말기 저장공간 부족", "Phone memory full"},
	"3045": {"일시 서비스 정지", "Service suspended"},
	"3046": {"기타 단말기 문제", "Other phone trouble"},
	"3047": {"착신 거절", "Reception refused"},
	"3048": {"알 수 없는 코드", "Unknown code"},
	"3049": {"형식 오류", "Malformed"},
	"3050": {"SMS 불가 단말기", "Phone takes no SMS"},
	"3051": {"호 불가 상태", "Line cannot be reached"},
	"3052": {"이통사 운영자 삭제", "Deleted by the carrier"},
	"3053": {"이통사 큐 가득참", "Carrier queue full"},
	"3054": {"이통사 스팸", "Taken for spam (carrier)"},
	"3055": {"스팸 신고 번호", "On the no-spam register"},
	"3056": {"무선망 전송 실패", "Radio network failure"},
	"3057": {"단말기 구간 전송 실패", "Lost on the way to the phone"},
	"3058": {"전송경로 없음(통신사)", "No route (carrier)"},
	"3059": {"변작된 발신번호", "Sender number forged"},
	"3060": {"성인 인증 실패", "Adult check failed"},
	"3101": {"발신 프로필 오류", "Kakao profile wrong"},
	"3102": {"친구 아님", "Not a friend"},
	"3103": {"템플릿 불일치", "Template differs"},
	"3104": {"카카오톡 미사용자", "No KakaoTalk"},
	"3105": {"미등록 템플릿", "Template not registered"},
	"3106": {"유효하지 않은 채널", "Channel not valid"},
	"3107": {"알림톡 수신 불가 사용자", "Takes no AlimTalk"},
	"3108": {"발송 가능 시간 아님", "Outside sending hours"},
	"4000": {"발송 완료", "Delivered"},
}

// statusText returns the Korean text of a status code.
func statusText(code string) string {
	if words, ok := statusWords[code]; ok {
		return words[0]
	}
	return "상태 코드 " + code
}

// isFinal reports whether a message with this status code changes no more:
// everything but 2000 (waiting) and 3000 (at the carrier).
func isFinal(code string) bool { return code != "2000" && code != "3000" }

// delivered is the one code that means success.
const delivered = "4000"
