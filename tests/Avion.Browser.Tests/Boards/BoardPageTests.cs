namespace Avion.Browser.Tests;

/// <summary>The board's pages as a person sees them: figures, following, comparing.</summary>
public sealed class BoardPageTests(Chromium browser) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunFolder _run = null!, _other = null!;
    private BoardServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _run = new RunFolder(_folder.File("growing"), "first try", 1000);
        for (int step = 10; step <= 400; step += 10)
        {
            _run.Step(step, 4 * Math.Exp(-step / 200.0));
        }

        _run.Evaluation(400, recall: 0.4375, chance: 0.015625);
        _other = new RunFolder(_folder.File("finished"), "second try", 200);
        _other.Step(100, 3);
        _other.Step(200, 2.5);
        _other.End(200, "completed");
        _server = await BoardServer.StartAsync(new BoardOptions { Runs = [_folder.FullName], Port = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public Task The_list_shows_the_figures_of_each_run_and_follows_them() => browser.ShowAsync(_server.Address, new Look(), async page =>
    {
        ILocator row = page[".run"].Filter(new() { HasText = "growing" });
        await Assertions.Expect(row).ToContainTextAsync("step 400 of 1000");
        await Assertions.Expect(row).ToContainTextAsync("0.438");
        await page.AssertAccessibleAsync();
        await page.KeepPictureAsync("runs");
        _run.Step(410, 0.125);
        await Assertions.Expect(row).ToContainTextAsync("step 410 of 1000");
        await Assertions.Expect(row.Locator(".figure").First).ToContainTextAsync("0.125");
    });
}
