package data

import (
	"fmt"
	"strings"
)

// Span is a typed stretch of words, Start to End-1.
type Span struct {
	Type       string
	Start, End int
}

// split cuts a tag into its prefix and type: "B-ORG" into "B", "ORG". A type may hold hyphens.
func splitTag(tag string) (prefix, kind string) {
	prefix, kind, ok := strings.Cut(tag, "-")
	if !ok {
		return tag, ""
	}
	return prefix, kind
}

// prefixes are what a scheme's tags may begin with.
var prefixes = map[string]string{"bio": "BI", "iob1": "BI", "iobes": "BIES"}

// checkTag says what is wrong with a tag of a scheme, "" if nothing.
func checkTag(scheme, tag string) string {
	if scheme == "plain" || tag == "O" {
		return ""
	}
	prefix, kind := splitTag(tag)
	if len(prefix) != 1 || kind == "" || !strings.Contains(prefixes[scheme], prefix) {
		return fmt.Sprintf("tag %q is not one of %s", tag, scheme)
	}
	return ""
}

// toBIO rewrites tags of a scheme as BIO; the same spans, as conlleval finds them.
// Source: Ramshaw and Marcus 1995 (IOB1); Tjong Kim Sang and Veenstra 1999 (IOB2 = BIO).
func toBIO(scheme string, tags []string) []string {
	if scheme == "bio" || scheme == "plain" {
		return tags
	}
	out := make([]string, len(tags))
	before, kindBefore := "O", ""
	for i, tag := range tags {
		prefix, kind := splitTag(tag)
		switch {
		case tag == "O":
			out[i] = tag
		case prefix == "B" || prefix == "S" || before == "O" || kind != kindBefore || before == "E" || before == "S":
			out[i] = "B-" + kind
		default:
			out[i] = "I-" + kind
		}
		before, kindBefore = prefix, kind
		if scheme == "iob1" && prefix == "B" {
			before = "I"
		}
	}
	return out
}

// FromBIO rewrites well-formed BIO as another scheme.
func FromBIO(scheme string, tags []string) []string {
	out := make([]string, len(tags))
	for i, tag := range tags {
		prefix, kind := splitTag(tag)
		next, nextKind := "O", ""
		if i+1 < len(tags) {
			next, nextKind = splitTag(tags[i+1])
		}
		ends := next != "I" || nextKind != kind
		switch {
		case tag == "O" || scheme == "bio" || scheme == "plain":
			out[i] = tag
		case scheme == "iob1":
			out[i] = "I-" + kind
			if prefix == "B" && i > 0 && tags[i-1] != "O" {
				if _, k := splitTag(tags[i-1]); k == kind {
					out[i] = tag
				}
			}
		case prefix == "B" && ends:
			out[i] = "S-" + kind
		case ends:
			out[i] = "E-" + kind
		default:
			out[i] = tag
		}
	}
	return out
}
