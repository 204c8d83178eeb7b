package protocol

import (
	"strings"
	"testing"
)

// Messages about studies are read as they were written, and others are refused.
func TestStudyMessages(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	q := StudyRequest{Kind: StudyBeat, Worker: "w1.00ff", Inbox: "_INBOX.x", Run: 7, Copy: Copy{Step: 5, Manifest: hash}}
	if got, err := ParseStudyRequest(EncodeStudy(q)); err != nil || got != q {
		t.Errorf("request %+v, %v", got, err)
	}
	a := StudyAnswer{Kind: StudyTrain, Run: 3, Manifest: hash}
	if got, err := ParseStudyAnswer(EncodeStudy(a)); err != nil || got != a {
		t.Errorf("answer %+v, %v", got, err)
	}
	long := q
	long.Why = "\x1b[2J" + strings.Repeat("x", 20_000)
	if got, err := ParseStudyRequest(EncodeStudy(long)); err != nil || strings.Contains(got.Why, "\x1b") {
		t.Errorf("a long reason: %q, %v", got.Why, err)
	}
	for name, change := range map[string]func(*StudyRequest){
		"negative run": func(q *StudyRequest) { q.Run = -1 }, "large run": func(q *StudyRequest) { q.Run = MaxStudyRuns },
		"no worker": func(q *StudyRequest) { q.Worker = "" }, "no inbox": func(q *StudyRequest) { q.Inbox = "" },
		"control characters":  func(q *StudyRequest) { q.Worker = "a\nb" },
		"no hash":             func(q *StudyRequest) { q.Copy.Manifest = "../../etc" },
		"an inbox of NATS":    func(q *StudyRequest) { q.Inbox = "$JS.API.STREAM.PURGE.OBJ_braid" },
		"an inbox of a fleet": func(q *StudyRequest) { q.Inbox = "braid.main.all" },
		"a pattern as inbox":  func(q *StudyRequest) { q.Inbox = "_INBOX.>" },
		"long name":           func(q *StudyRequest) { q.Name = strings.Repeat("x", 65) },
		"long inbox":          func(q *StudyRequest) { q.Inbox = strings.Repeat("x", 300) },
	} {
		bad := q
		change(&bad)
		if _, err := ParseStudyRequest(EncodeStudy(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"run": "x"}`, strings.Repeat(" ", MaxStudyMessage+1)} {
		if _, err := ParseStudyRequest([]byte(text)); err == nil {
			t.Errorf("%.20q is a request", text)
		}
		if _, err := ParseStudyAnswer([]byte(text)); err == nil && text != "{}" {
			t.Errorf("%.20q is an answer", text)
		}
	}
	if _, err := ParseStudyAnswer(EncodeStudy(StudyAnswer{Kind: StudyTrain, Manifest: "x"})); err == nil {
		t.Error("a manifest that is no hash")
	}
}
