package data

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"

	"braid/job"
)

// Shapes are made for text in general.
func TestShapeFeature(t *testing.T) {
	for word, want := range map[string]string{
		"the": "x", "He": "Xx", "Paris": "Xx", "I": "X", "EU": "XX", "NASA": "XX", "McIntyre": "XxXx", "iPhone": "xXx",
		"YouTubeTV": "XxXxXX", "U.S.": "X.X.", "S.AFRICA": "X.XX", "31.8-percent": "0.0-x", "1999": "0", "1990s": "0x",
		"10,000": "0,0", "--": "-", "...": ".", "@user_1": "@x_0", "don't": "x'x", "Élan": "Xx", "Привет": "Xx", "東京": "x",
		"naïve": "x", "e\u0301te\u0301": "x", "٣": "0", "💩💩": "*", "“A”": "*X*", "ǅ": "X", "": "",
	} {
		if got := string(appendShape(nil, word)); got != want {
			t.Errorf("shape of %q is %q, want %q", word, got, want)
		}
	}
}

// named lists the features of a word by kind and text, with the hash that they must have.
func named(word string) (hashes map[uint64]string) {
	hashes = map[uint64]string{}
	add := func(kind byte, text string) { hashes[hashFeature(kind, []byte(text))] = string(kind) + text }
	form := strings.ToLower(word)
	for _, digit := range "123456789" {
		form = strings.ReplaceAll(form, string(digit), "0")
	}
	add('w', form)
	characters := []rune(form)
	for n := 2; n <= 4 && n < len(characters); n++ {
		add('p', string(characters[:n]))
		add('s', string(characters[len(characters)-n:]))
	}
	add('x', string(appendShape(nil, word)))
	return hashes
}

// A word has its normalised form, affixes of 2 to 4 characters that are shorter than the word,
// and its shape.
func TestFeaturesOfWord(t *testing.T) {
	for word, count := range map[string]int{
		"": 0, "a": 2, "It": 2, "Été": 4, "Oslo": 6, "Cairo": 8, "McIntyre1987": 8, "\xff\xfe": 2,
	} {
		got := appendFeatures(nil, word)
		want := named(strings.ToValidUTF8(word, "\ufffd\ufffd"))
		if len(got) != count || count > 0 && !equalSets(got, want) {
			t.Errorf("features of %q: %d, want %d: %q", word, len(got), count, slices.Sorted(maps.Values(want)))
		}
	}
	if a := appendFeatures(nil, strings.Repeat("Long", 99)); len(a) != 8 {
		t.Errorf("%d features of a long word", len(a))
	}
}

func equalSets(hashes []uint64, want map[uint64]string) bool {
	for _, hash := range hashes {
		if want[hash] == "" {
			return false
		}
	}
	return len(hashes) == len(want)
}

// Hashes are in model directories: they may never change. They are FNV-1a of the kind and the text.
func TestFeatureHashes(t *testing.T) {
	for _, text := range []string{"", "oslo", "été", "31.8-percent"} {
		h := fnv.New64a()
		h.Write([]byte("w" + text))
		if got := hashFeature('w', []byte(text)); got != h.Sum64() {
			t.Errorf("hash of %q is %x, want %x", text, got, h.Sum64())
		}
	}
	if hashFeature('p', []byte("oslo")) == hashFeature('s', []byte("oslo")) {
		t.Error("a prefix and a suffix have one hash")
	}
}

const featuresJob = `
data: {d: {format: jsonl, tokens: words, train: train.jsonl}}
encoder: {word: {features: hashed}}
tasks: [{name: y, kind: classification, field: y}]
`

// A feature has an id if training has it twice, in any words. Unknown words have the ids of
// their features that training has.
func TestFeatureColumn(t *testing.T) {
	p, text := prepared(t, featuresJob, map[string]string{"train.jsonl": `{"words":["Cairo","Cairns","in","1987"],"y":"p"}
{"words":["in","Oslo","2023"],"y":"q"}
`})
	if text != "" {
		t.Fatal(text)
	}
	in := p.Vocab.Input(Features)
	names := map[string]string{} // by hash
	for _, word := range []string{"Cairo", "Cairns", "in", "1987", "Oslo", "2023"} {
		for hash, name := range named(word) {
			names[hashName(hash)] = name
		}
	}
	var known []string
	for _, e := range in.Entries() {
		known = append(known, names[e])
	}
	slices.Sort(known[1:]) // with equal counts by hash
	want := []string{"xXx", "p00", "p000", "pca", "pcai", "pcair", "s00", "s000", "w0000", "win", "x0", "xx"}
	if !slices.Equal(known, want) {
		t.Errorf("features %q, want %q", known, want)
	}
	spelled := func(word string) (list []string) {
		for _, id := range in.Append(nil, word) {
			list = append(list, names[in.Entries()[id]])
		}
		return list
	}
	for word, want := range map[string][]string{
		"CAIRNGORM": {"pca", "pcai", "pcair"}, "1654": {"w0000", "p00", "s00", "p000", "s000", "x0"},
		"": nil, "IN": {"win"}, "Zz": {"xXx"},
	} {
		if got := spelled(word); !slices.Equal(got, want) {
			t.Errorf("features of %q: %q, want %q", word, got, want)
		}
	}
	c := p.Sets[0].Train
	for place, word := range []string{"Cairo", "Cairns", "in", "1987", "in", "Oslo", "2023"} {
		column := &c.Columns[0]
		if got := column.IDs[column.Off[place]:column.Off[place+1]]; !slices.Equal(got, in.Append(nil, word)) {
			t.Errorf("word %d has features %v, want %v", place, got, in.Append(nil, word))
		}
	}
}

// Features keep their ids when a vocabulary is saved. Damaged entries are refused.
func TestFeaturesTravel(t *testing.T) {
	words := map[string]int{"Oslo": 2, "Cairo": 1, "Kairo": 3}
	in := countFeatures(maps.All(words))
	again, err := restoreFeatures(in.Entries())
	if err != nil {
		t.Fatal(err)
	}
	for word := range words {
		if a, b := in.Append(nil, word), again.Append(nil, word); !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("features of %s: %v and %v", word, a, b)
		}
	}
	if empty := countFeatures(maps.All(map[string]int{})); empty.Size() != 1 || len(empty.Append(nil, "word")) > 0 {
		t.Errorf("without words: %d rows", empty.Size())
	}
	for range 20 {
		if !slices.Equal(countFeatures(maps.All(words)).Entries(), in.Entries()) {
			t.Fatal("entries depend on the order of the words")
		}
	}
	a := strings.Repeat("a", 16)
	for _, bad := range [][]string{nil, {"a"}, {a, a}, {strings.ToUpper(a)}, {"+" + a[1:]}, {a + a},
		make([]string, maxFeatures+1)} {
		for i := range bad {
			if len(bad) > maxFeatures {
				bad[i] = hashName(uint64(i))
			}
		}
		if _, err := restoreFeatures(bad); err == nil {
			t.Errorf("%d entries are accepted, the first is %q", len(bad), bad[:min(1, len(bad))])
		}
	}
}

// A job without features has the vocabulary and corpus from before features existed.
func TestFeaturesOff(t *testing.T) {
	files := map[string]string{"train.jsonl": `{"words":["a","b"],"y":"p"}` + "\n" + `{"words":["a"],"y":"q"}` + "\n"}
	off, text := prepared(t, strings.Replace(featuresJob, "hashed", `"off"`, 1), files)
	on, more := prepared(t, featuresJob, files)
	if text+more != "" {
		t.Fatal(text, more)
	}
	b, _ := json.Marshal(off.Vocab)
	if strings.Contains(string(b), "inputs") || off.Sets[0].Train.Columns != nil {
		t.Errorf("%s has inputs", b)
	}
	if off.Digest.Numbers == on.Digest.Numbers {
		t.Error("the digest does not depend on the features")
	}
	if off.Vocab.Check(job.Encoder{Kind: "lstm", Word: job.Word{Features: job.FeaturesHashed}}) == nil ||
		on.Vocab.Check(job.Encoder{Kind: "lstm", Word: job.Word{Features: job.FeaturesOff}}) == nil {
		t.Error("a vocabulary with other inputs is accepted")
	}
}
