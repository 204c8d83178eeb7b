package data

import (
	"fmt"
	"strings"
)

// splitTag cuts a tag into its prefix and type: "B-ORG" into "B" and "ORG". A type may contain
// hyphens. The type of a tag without a hyphen is empty.
func splitTag(tag string) (prefix, kind string) {
	prefix, kind, ok := strings.Cut(tag, "-")
	if !ok {
		return tag, ""
	}
	return prefix, kind
}

// prefixes are the legal prefixes of the tags of a scheme.
var prefixes = map[string]string{"bio": "BI", "iob1": "BI", "iobes": "BIES", "bilou": "BILU"}

// schemeMend returns the mend for a tag that is not of the task's scheme.
func schemeMend(tag string) string {
	prefix, kind := splitTag(tag)
	if kind != "" {
		switch prefix {
		case "E", "S":
			return "set the task's scheme to iobes, or mend the tag"
		case "L", "U":
			return "set the task's scheme to bilou, or mend the tag"
		}
	}
	return "mend it, or set the task's scheme to bio, iobes, bilou, iob1 or plain"
}

// checkTag returns the fault of a tag of a scheme, "" if there is none.
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

// toBIO rewrites tags of a scheme as BIO with the same spans, by the rules of conlleval.
// Source: Ramshaw and Marcus 1995 (IOB1); Tjong Kim Sang and Veenstra 1999 (IOB2 = BIO);
// Ratinov and Roth 2009 (BILOU: L and U for the E and S of IOBES).
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
		case begins[prefix] || before == "O" || kind != kindBefore || ends[before]:
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

// begins and ends are the prefixes of the first and of the last word of a span.
var (
	begins = map[string]bool{"B": true, "S": true, "U": true}
	ends   = map[string]bool{"E": true, "L": true, "S": true, "U": true}
)
