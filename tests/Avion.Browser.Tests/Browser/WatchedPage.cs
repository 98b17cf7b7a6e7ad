using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace Avion.Browser.Tests;

/// <summary>A page in a browser whose every request and complaint is written down; what lies outside its own address is not let through.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _complaints = [], _outside = [];
    private readonly List<string> _expected = [];

    internal WatchedPage(IPage page, Uri address)
    {
        (Page, _address) = (page, address);
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => Note(true, $"error: {error}");
    }

    /// <summary>The page itself.</summary>
    public IPage Page { get; }

    /// <summary>Finds elements.</summary>
    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Lets a complaint pass that contains a text, such as that of a server which a test ends.</summary>
    public void Expect(string part) => _expected.Add(part);

    /// <summary>Asserts that the page asked for nothing outside its own address and that the browser's console is empty.</summary>
    public void AssertQuiet()
    {
        Assert.Empty(_outside);
        string[] unexpected = [.. _complaints.Where(complaint => !_expected.Any(part => complaint.Contains(part, StringComparison.Ordinal)))];
        Assert.Empty(unexpected);
    }

    /// <summary>Asserts that nothing reaches beyond the right edge of the window, so that the page as a whole never scrolls sideways.</summary>
    public async Task AssertFitsAsync() => Assert.Empty(await Page.EvaluateAsync<string[]>("""
        () => document.documentElement.scrollWidth <= innerWidth ? []
          : [`${document.documentElement.scrollWidth - innerWidth} px too wide`, ...[...document.body.querySelectorAll("*")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth).map((element) => element.outerHTML.slice(0, 100))]
        """));

    /// <summary>Asserts that axe-core finds nothing against the accessibility rules (WCAG 2.2 AA and good practice).</summary>
    public async Task AssertAccessibleAsync()
    {
        AxeResult result = await Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        string[] violations = [.. result.Violations.Select(violation => $"{violation.Id}: {violation.Help} at "
            + string.Join("; ", violation.Nodes.Take(5).Select(node => $"{node.Target} {node.Html}")))];
        Assert.Empty(violations);
    }

    /// <summary>A picture of the whole page, for people: written where AVION_TEST_PICTURES names a folder.</summary>
    public async Task KeepPictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("AVION_TEST_PICTURES") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    internal async Task GoAsync()
    {
        await Page.Context.RouteAsync("**/*", async route =>
        {
            Uri asked = new(route.Request.Url);
            if (IsOwn(asked))
            {
                await route.ContinueAsync();
                return;
            }

            _outside.Enqueue(asked.ToString());
            await route.AbortAsync();
        });
        await Page.GotoAsync(_address.AbsoluteUri);
    }

    private bool IsOwn(Uri asked) => asked.Scheme is "about" or "data" or "blob"
        || (_address.IsFile ? asked.IsFile && asked.LocalPath == _address.LocalPath : asked.GetLeftPart(UriPartial.Authority) == _address.GetLeftPart(UriPartial.Authority));

    private void Note(bool isComplaint, string text)
    {
        if (isComplaint)
        {
            _complaints.Enqueue(text);
        }
    }
}
