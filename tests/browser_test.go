package tests

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lbimage/tests/needs"
)

// browser is a real one, without a window. What pages do behind the reader's back is noted.
type browser struct {
	ctx  context.Context
	mu   sync.Mutex
	told []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	program := needs.Program(t, "chromium")
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	b := &browser{}
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.listen))
	t.Cleanup(func() { // its folder is removed afterwards: nothing may write there any more
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
		cancel()
	})
	b.ctx = ctx
	for _, err := range []error{
		send(b, network.Enable, network.EnableParams{}), send(b, log.Enable, cdp.Empty{}), send(b, runtime.Enable, cdp.Empty{}),
		send(b, page.Enable, page.EnableParams{}), send(b, accessibility.Enable, cdp.Empty{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func send[P, R any](b *browser, c cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(b.ctx, c, params)
	return err
}

func call1[P, R any](t *testing.T, b *browser, c cdp.Command[P, R], params P) R {
	t.Helper()
	out, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// eval asks the page something.
func eval[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// listen notes what a page that stands alone must not do.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument {
			b.told = append(b.told, "request "+e.Request.URL)
		}
	case *log.EventEntryAdded:
		b.told = append(b.told, "log "+e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.told = append(b.told, "console "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.told = append(b.told, "exception "+e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		b.told = append(b.told, "dialog "+e.Message)
		go func() { _ = send(b, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) }()
	}
}

// heard gives what was noted, and forgets it.
func (b *browser) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.told
	b.told = nil
	return out
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// media sets what the page is shown on: "screen" or "print", in the light or in the dark.
func (b *browser) media(t *testing.T, media, scheme string) {
	t.Helper()
	call1(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func (b *browser) open(t *testing.T, path string, width int64, scheme string) {
	t.Helper()
	call1(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
	b.media(t, "screen", scheme)
	b.do(t, chromedp.Navigate("file://"+path))
}

// scripts switches those of pages on or off.
func (b *browser) scripts(t *testing.T, on bool) {
	t.Helper()
	call1(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// faults are those that the page has at this width, in this colour scheme.
func (b *browser) faults(t *testing.T) []string {
	t.Helper()
	return eval[[]string](t, b, judgePage)
}

// unfold opens all that can be.
const unfold = `for (const d of document.querySelectorAll('details')) d.open = true; 0`

// judgePage looks for what a reader would stumble over. It is run by the browser's own hand, not by the page.
const judgePage = `(() => {
const out = [];
const fault = s => { if (out.length < 20) out.push(s); };
const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.className.baseVal === undefined && e.className ? '.' + e.className : '');
const root = document.scrollingElement;
if (root.scrollWidth > innerWidth) fault('the page is ' + root.scrollWidth + ' wide in a window of ' + innerWidth);
for (const e of document.body.querySelectorAll('*')) {
  if (e.closest('.scroll > *, pre, svg, .skip, .unseen, thead')) continue;
  const r = e.getBoundingClientRect();
  if (r.width && r.right > innerWidth + 1) fault('overflow: ' + name(e) + ' up to ' + Math.round(r.right));
}
for (const s of document.querySelectorAll('main section')) {
  const h = s.querySelector('h2');
  if (!h || !s.getBoundingClientRect().height) fault('section: ' + name(s) + ' is empty');
  if (s.getAttribute('aria-labelledby') !== (h && h.id)) fault('section: ' + name(s) + ' has no name');
}
let level = 0;
for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
  const n = +h.tagName[1];
  if (n > level + 1) fault('heading: ' + h.textContent + ' skips a level');
  level = n;
}
if (document.querySelectorAll('h1').length !== 1) fault('heading: not one h1');
for (const m of ['header', 'nav', 'main', 'footer']) if (document.querySelectorAll('body ' + m).length !== 1) fault('landmark: not one ' + m);
const ids = new Set();
for (const e of document.querySelectorAll('[id]')) { if (ids.has(e.id)) fault('id: ' + e.id + ' twice'); ids.add(e.id); }
for (const a of document.querySelectorAll('a')) if (!a.hash || !ids.has(a.hash.slice(1))) fault('link: ' + a.getAttribute('href') + ' leads nowhere');
if (document.documentElement.lang !== 'en') fault('lang: missing');
if (document.querySelector('script,img,iframe,object,embed,link,form,base')) fault('element: one that must not be');
for (const e of document.querySelectorAll('*')) for (const a of e.attributes)
  if (/^on|^style$|^src/.test(a.name)) fault('attribute: ' + name(e) + ' ' + a.name);
for (const t of document.querySelectorAll('table')) if (!t.caption || !t.querySelector('th[scope]')) fault('table: without caption or heads');
if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/.test(document.documentElement.textContent)) fault('text: control characters');
const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
const parse = s => { const m = s.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Map();
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || e.closest('style') || !e.checkVisibility()) continue;
  const ink = getComputedStyle(e).color, back = ground(e), key = ink + back;
  if (!seen.has(key)) {
    const a = light(parse(ink)), b = light(back);
    seen.set(key, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
  }
  if (seen.get(key) < 4.5) fault('contrast: ' + seen.get(key).toFixed(2) + ' at ' + name(e) + ' ' + walk.currentNode.data.trim().slice(0, 30));
}
return out;
})()`

// nameless are nodes of the accessibility tree that a screen reader could not name.
func (b *browser) nameless(t *testing.T) []string {
	t.Helper()
	var out []string
	nodes := call1(t, b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	if len(nodes) < 10 {
		t.Errorf("only %d nodes for a screen reader", len(nodes))
	}
	for _, n := range nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		switch role := strings.Trim(string(n.Role.Value), `"`); role {
		case "image", "link", "heading", "DisclosureTriangle", "table", "navigation":
			if n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "" {
				out = append(out, role)
			}
		}
	}
	return out
}

// toggle unfolds the first thing that can be with the keyboard, where scripts are off.
func (b *browser) toggle(t *testing.T) (before, after bool) {
	t.Helper()
	const open = `document.querySelector('details').open`
	before = eval[bool](t, b, open)
	b.do(t, chromedp.Focus(chromedp.CSS("details > summary")), chromedp.KeyEvent(kb.Enter))
	return before, eval[bool](t, b, open)
}

// The judge is judged: each fault is seen.
func browserSeesFaults(t *testing.T, b *browser) {
	path := filepath.Join(t.TempDir(), "bad.html")
	const bad = `<!DOCTYPE html><html><body><h1>a</h1><h3>b</h3>
<p style="color:#999;background:#fff">pale</p><div style="width:3000px">wide</div>
<main><section id=x></section><p id=x>` + "\u202e" + `</p></main><a href="#nowhere">n</a><a href="#x"></a>
<table><tr><td>1</td></tr></table>
<script>console.log('x')</script><img src="file:///nowhere.png"></body></html>`
	if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	b.open(t, path, 800, "light")
	faults := strings.Join(b.faults(t), "\n")
	for _, want := range []string{"the page is", "overflow: div", "contrast: 2.8", "heading: b", "section: ", "id: x", "link: #nowhere", "lang:", "element:", "attribute: ", "landmark: ", "table: ", "text: control"} {
		if !strings.Contains(faults, want) {
			t.Errorf("%q is not seen in:\n%s", want, faults)
		}
	}
	heard := strings.Join(b.heard(), "\n")
	for _, want := range []string{"console log", "request file:///nowhere.png"} {
		if !strings.Contains(heard, want) {
			t.Errorf("%q is not heard in:\n%s", want, heard)
		}
	}
	if got := b.nameless(t); !slices.Contains(got, "link") {
		t.Errorf("a link without a name is not seen: %v", got)
	}
}
