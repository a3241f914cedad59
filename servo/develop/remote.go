package develop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
	gitproto "github.com/go-git/go-git/v5/plumbing/transport/git"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"github.com/go-git/go-git/v5/storage/memory"
)

// openRemote fetches one commit, without its history where the server can do that.
func (s *Source) openRemote(ctx context.Context, req Request, temp string, l Limits) error {
	return guarded(func() error {
		r, err := connect(req.Source, temp, l)
		if err != nil {
			return err
		}
		hash, st, err := r.find(ctx, s, req.Ref)
		if err != nil {
			return explain(ctx, err)
		}
		return s.readCommit(ctx, st, hash, l)
	})
}

// remote is a repository elsewhere.
type remote struct {
	endpoint *transport.Endpoint
	client   transport.Transport
	temp     string
	limits   Limits
}

func connect(source, temp string, l Limits) (*remote, error) {
	ep, err := transport.NewEndpoint(source)
	if err != nil {
		return nil, errors.New("not a folder, and not a URL of git either: give a folder, https://…, ssh://…, git://… or user@host:path")
	}
	r := &remote{endpoint: ep, temp: temp, limits: l}
	switch ep.Protocol {
	case "http", "https":
		// Nobody is asked for a password: what the URL does not hold is not there.
		r.client = githttp.NewClient(&http.Client{Transport: &bounded{http.DefaultTransport, l.Download + maxTalk}})
	case "ssh":
		r.client = ssh.DefaultClient
	case "git":
		r.client = gitproto.DefaultClient
	default:
		return nil, fmt.Errorf("%s: a scheme that is not understood: give https, http, ssh, git or file", ep.Protocol)
	}
	return r, nil
}

// maxTalk is what a server may say beside its objects: the list of its refs, messages.
const maxTalk = 16 << 20

// bounded cuts the answers of a web server that does not end.
type bounded struct {
	http.RoundTripper
	max int64
}

func (b *bounded) RoundTrip(q *http.Request) (*http.Response, error) {
	a, err := b.RoundTripper.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	a.Body = &boundedBody{a.Body, b.max}
	return a, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// errTooMuch ends what a server sends.
var errTooMuch = errors.New("the server sends more than a servo's repository has: raise the limit if this is the right one")

// session asks for the list of refs, which is the first step of every talk.
func (r *remote) session(ctx context.Context) (transport.UploadPackSession, *packp.AdvRefs, error) {
	up, err := r.client.NewUploadPackSession(r.endpoint, nil)
	if err != nil {
		return nil, nil, err
	}
	adv, err := up.AdvertisedReferencesContext(ctx)
	if err != nil {
		up.Close()
		return nil, nil, err
	}
	return up, adv, nil
}

// find looks a ref up and fetches its commit.
func (r *remote) find(ctx context.Context, s *Source, ref string) (plumbing.Hash, *memory.Storage, error) {
	none := plumbing.ZeroHash
	up, adv, err := r.session(ctx)
	if err != nil {
		return none, nil, err
	}
	defer up.Close()
	hash, err := s.advertised(adv, ref)
	if err != nil {
		return none, nil, err
	}
	if !hash.IsZero() {
		st, err := r.fetch(ctx, up, adv, []plumbing.Hash{hash}, true)
		if err != nil {
			return none, nil, err
		}
		hash, err = peel(st, hash, ref)
		return hash, st, err
	}
	if !hexadecimal(ref) {
		return none, nil, s.noRef(ref, advertisedNames(adv))
	}
	if plumbing.IsHash(ref) && (adv.Capabilities.Supports(capability.AllowReachableSHA1InWant) || adv.Capabilities.Supports("allow-any-sha1-in-want")) {
		hash = plumbing.NewHash(ref)
		if st, err := r.fetch(ctx, up, adv, []plumbing.Hash{hash}, true); err == nil {
			hash, err = peel(st, hash, ref)
			return hash, st, err
		}
		if up, adv, err = r.session(ctx); err != nil { // the talk is over: another
			return none, nil, err
		}
		defer up.Close()
	}
	// An abbreviated commit, or one that the server does not give by its name: look through all of them.
	st, err := r.fetch(ctx, up, adv, tips(adv), false)
	if err != nil {
		return none, nil, err
	}
	hash, err = commitBy(st, ref)
	if err != nil {
		return none, nil, err
	}
	if hash.IsZero() {
		return none, nil, s.noRef(ref, advertisedNames(adv))
	}
	return hash, st, nil
}

// advertised finds a ref among those that the server lists: a tag before a branch, as git does. A zero hash
// says that it is not there.
func (s *Source) advertised(adv *packp.AdvRefs, ref string) (plumbing.Hash, error) {
	if ref == "" {
		if adv.Head == nil {
			return plumbing.ZeroHash, fmt.Errorf("HEAD: %w: name a branch or tag", ErrNoRef)
		}
		s.Ref = headName(adv)
		return *adv.Head, nil
	}
	if ref == "HEAD" && adv.Head != nil {
		return *adv.Head, nil
	}
	var found []string
	for _, place := range refPlaces {
		if _, ok := adv.References[place+ref]; ok && (place != "" || strings.HasPrefix(ref, "refs/")) {
			found = append(found, place+ref)
		}
	}
	if len(found) > 0 {
		if len(found) > 1 && found[0] == "refs/tags/"+ref {
			s.Notes = append(s.Notes, fmt.Sprintf("%s is a tag and a branch: the tag is taken, as git does", ref))
		}
		return adv.References[found[0]], nil
	}
	if plumbing.IsHash(ref) {
		for _, h := range adv.References {
			if h.String() == strings.ToLower(ref) {
				return h, nil
			}
		}
	}
	return plumbing.ZeroHash, nil
}

// headName is the branch that the server shows first.
func headName(adv *packp.AdvRefs) string {
	for _, v := range adv.Capabilities.Get(capability.SymRef) {
		if name, ok := strings.CutPrefix(v, "HEAD:refs/heads/"); ok {
			return name
		}
	}
	return "HEAD"
}

func advertisedNames(adv *packp.AdvRefs) []string {
	var out []string
	for name := range adv.References {
		if rest, ok := strings.CutPrefix(name, "refs/heads/"); ok {
			out = append(out, rest)
		} else if rest, ok := strings.CutPrefix(name, "refs/tags/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

// tips are the commits of all branches and tags, in order.
func tips(adv *packp.AdvRefs) []plumbing.Hash {
	seen := map[plumbing.Hash]bool{}
	var out []plumbing.Hash
	for name, h := range adv.References {
		if (strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/")) && !seen[h] {
			seen[h] = true
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b plumbing.Hash) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// fetch asks for objects, of the newest commits alone or with all history, and keeps them in memory.
func (r *remote) fetch(ctx context.Context, up transport.UploadPackSession, adv *packp.AdvRefs, wants []plumbing.Hash, shallow bool) (*memory.Storage, error) {
	if len(wants) == 0 {
		return nil, fmt.Errorf("%w: the repository is empty", ErrNoRef)
	}
	q := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
	q.Wants = wants
	if shallow && adv.Capabilities.Supports(capability.Shallow) {
		q.Depth = packp.DepthCommits(1)
		if err := q.Capabilities.Set(capability.Shallow); err != nil {
			return nil, err
		}
	}
	if adv.Capabilities.Supports(capability.NoProgress) {
		if err := q.Capabilities.Set(capability.NoProgress); err != nil {
			return nil, err
		}
	}
	answer, err := up.UploadPack(ctx, q)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var pack io.Reader = answer
	switch {
	case q.Capabilities.Supports(capability.Sideband64k):
		pack = sideband.NewDemuxer(sideband.Sideband64k, answer)
	case q.Capabilities.Supports(capability.Sideband):
		pack = sideband.NewDemuxer(sideband.Sideband, answer)
	}
	return r.spool(ctx, pack)
}

// spool keeps what comes in a temporary file, so that it is looked through before it is unpacked.
func (r *remote) spool(ctx context.Context, pack io.Reader) (*memory.Storage, error) {
	f, err := os.CreateTemp(r.temp, "lbimage-git-*.pack")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	n, err := io.Copy(f, io.LimitReader(pack, r.limits.Download+1))
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && n > r.limits.Download {
		err = errTooMuch
	}
	if err != nil {
		return nil, err
	}
	return unpack(ctx, f, r.limits)
}

// explain says what to do where the library's error does not.
func explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed),
		errors.Is(err, transport.ErrInvalidAuthMethod):
		return fmt.Errorf("%w: nobody is asked for a password here: use a public URL, ssh with an agent, or a clone on this machine", err)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fmt.Errorf("%w: look at the URL", err)
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return fmt.Errorf("%w: push a commit to it first", err)
	}
	if asked, ok := errors.AsType[*url.Error](err); ok { // its own words name the URL again
		err = asked.Err
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return fmt.Errorf("%w: see that the URL is right, and that this machine reaches it", err)
	}
	return err
}

func hexadecimal(s string) bool {
	return len(s) >= 4 && len(s) <= 40 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
