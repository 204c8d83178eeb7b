package protocol

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

var (
	hashA = strings.Repeat("a", 64)
	hashB = strings.Repeat("b", 64)
)

func TestRecordComesBack(t *testing.T) {
	for _, r := range []*Record{
		{Job: hashA, Data: hashB, Term: 3, Copies: []Copy{{30, hashA}, {20, hashB}}},
		{Job: hashA, Data: hashB, Term: 1 << 63, Model: hashB, Where: "host: /runs/größe"},
	} {
		got, err := ParseRecord(r.Text())
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v, %v; want %+v", got, err, r)
		}
	}
	long := &Record{Job: hashA, Data: hashB, Where: "\x1b[2J" + strings.Repeat("ü", maxWhere)}
	got, err := ParseRecord(long.Text())
	if err != nil || strings.Contains(got.Where, "\x1b") || len(got.Where) > maxWhere {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadRecords(t *testing.T) {
	for _, text := range []string{
		"", "nonsense", "{}", "null", `{"format":2,"job":"` + hashA + `","data":"` + hashB + `"}`,
		`{"format":1,"job":"x","data":"` + hashB + `"}`,
		`{"format":1,"job":"` + hashA + `","data":"` + hashB + `","model_sha256":"x"}`,
		`{"format":1,"job":"` + hashA + `","data":"` + hashB + `","where":"\u001b"}`,
		`{"format":1,"job":"` + hashA + `","data":"` + hashB + `","copies":[` +
			`{"step":1,"manifest":"` + hashA + `"},{"step":1,"manifest":"` + hashA + `"}]}`,
		`{"format":1,"job":"` + hashA + `","data":"` + hashB + `","copies":[{"step":1}]}`,
		`{"format":1,"job":"` + hashA + `","data":"` + hashB + `","where":"` + strings.Repeat(" ", MaxRecord) + `"}`,
	} {
		if r, err := ParseRecord([]byte(text)); err == nil {
			t.Errorf("%.80s was read as %+v", text, r)
		}
	}
}

// The newest copies stay. A copy that is not older than a new one is removed.
func TestRecordAdd(t *testing.T) {
	r := &Record{}
	for _, test := range []struct {
		step uint64
		want []uint64
	}{{10, []uint64{10}}, {20, []uint64{20, 10}}, {30, []uint64{30, 20}}, {30, []uint64{30, 20}},
		{25, []uint64{25, 20}}, {5, []uint64{5}}} {
		r.Add(Copy{Step: test.step, Manifest: hashA}, 2)
		var got []uint64
		for _, c := range r.Copies {
			got = append(got, c.Step)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("after %d: %v, want %v", test.step, got, test.want)
		}
	}
}

// FuzzRecord parses any text as a record. A record that is read can be written and read again.
func FuzzRecord(f *testing.F) {
	f.Add((&Record{Job: hashA, Data: hashB, Term: 3, Copies: []Copy{{30, hashA}, {20, hashB}}}).Text())
	f.Add((&Record{Job: hashA, Data: hashB, Model: hashB, Where: "host: dir"}).Text())
	f.Add([]byte(`{"format":1,"copies":[[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err != nil {
			return
		}
		text := r.Text()
		again, err := ParseRecord(text)
		if err != nil || !bytes.Equal(again.Text(), text) {
			t.Fatalf("%s: %v", text, err)
		}
	})
}
