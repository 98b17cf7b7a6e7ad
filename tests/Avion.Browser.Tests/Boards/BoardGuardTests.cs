using System.Collections.Concurrent;

namespace Avion.Browser.Tests;

/// <summary>Whom the board answers, as a browser asks.</summary>
public sealed class BoardGuardTests(Chromium browser) : IAsyncLifetime
{
    private Board _board = null!;

    public async ValueTask InitializeAsync()
    {
        _board = await Board.StartAsync();
        _board.AddTraining("private");
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public Task A_name_of_somebody_elses_that_leads_to_this_machine_is_refused() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("403");
        page.Expect("The Cross-Origin-Opener-Policy header has been ignored");
        await page.Page.Context.RouteAsync($"http://{Chromium.ForeignHost}:*/**", route => route.ContinueAsync());
        IResponse? answer = await page.Page.GotoAsync($"http://{Chromium.ForeignHost}:{_board.Address.Port}/");
        Assert.Equal(403, answer!.Status);
        Assert.Contains("this machine's own names alone", JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("message").GetString());
    });

    [Fact]
    public Task A_page_of_another_site_can_neither_read_the_board_nor_frame_it_but_may_link_to_it() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("");
        await Assertions.Expect(page[".run"]).ToHaveCountAsync(1);
        await page.Page.GotoAsync("about:blank");
        ConcurrentBag<(string Url, int Status)> answers = [];
        page.Page.Context.Response += (_, answer) => answers.Add((answer.Url, answer.Status));
        string board = _board.Address.AbsoluteUri;
        await page.Page.Context.RouteAsync("http://other.test/**", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            Body = $$"""
                <!doctype html><title>other</title><a href="{{board}}">board</a>
                <img src="{{board}}icon.svg"><script src="{{board}}board.js"></script><iframe src="{{board}}"></iframe>
                <script>
                  const read = (options) => fetch("{{board}}api/runs", options).then((answer) => answer.text(), () => "");
                  Promise.all([read({}), read({ mode: "no-cors" }), read({ method: "POST", headers: { "X-Avion-Board": "1" } })])
                    .then((texts) => { document.title = `read ${texts.join("").length}`; });
                </script>
                """,
        }));
        await page.Page.GotoAsync("http://other.test/");
        await Assertions.Expect(page.Page).ToHaveTitleAsync("read 0");
        Assert.DoesNotContain("Avion", await page.Page.FrameLocator("iframe").Locator("html").TextContentAsync());
        Assert.NotEmpty(answers);
        Assert.All(answers.Where(answer => answer.Url.StartsWith(board, StringComparison.Ordinal)), answer => Assert.Equal(403, answer.Status));
        await page["a"].ClickAsync();
        await Assertions.Expect(page[".run"]).ToContainTextAsync("private");
    });
}
