[assembly: AssemblyFixture(typeof(Avion.Browser.Tests.Chromium))]

namespace Avion.Browser.Tests;

/// <summary>One browser for all tests of this program: Debian's Chromium, driven by Playwright.</summary>
/// <remarks>A test class takes it as an argument of its constructor. Where there is no browser, or it does not start, tests are skipped with the
/// reason.</remarks>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>A name of somebody else's that leads to this machine.</summary>
    public const string ForeignHost = "foreign.test";

    /// <summary>How long anything may take on a machine that builds meanwhile.</summary>
    private const float PatienceMilliseconds = 20_000;

    private static readonly string[] s_programs = ["chromium", "chromium-browser", "google-chrome"];

    // As root there is no sandbox; and the browser is to ask for nothing by itself.
    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", $"--host-resolver-rules=MAP {ForeignHost} 127.0.0.1",

        // What the board itself refuses is tested, not what this browser keeps from it.
        "--disable-features=LocalNetworkAccessChecks",
    ];

    private IPlaywright? _driver;
    private IBrowser? _browser;
    private string _reason = "";

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        string? program = Find();
        if (program is null)
        {
            _reason = $"no browser: none of {string.Join(", ", s_programs)} is on PATH (apt-get install chromium)";
            return;
        }

        try
        {
            _driver = await Playwright.CreateAsync();
            Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
            _browser = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = s_arguments, Timeout = 2 * PatienceMilliseconds });
        }
        catch (Exception error) when (error is PlaywrightException or TimeoutException or IOException)
        {
            _reason = $"no browser: {program} does not start: {error.Message}";
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _driver?.Dispose();
    }

    /// <summary>Opens a page, lets a test look at it, and asserts that it asked for nothing outside and complained of nothing.</summary>
    /// <param name="address">A page of a server of this machine, or a file.</param>
    /// <param name="look">How it is looked at.</param>
    /// <param name="test">What is asserted.</param>
    public async Task ShowAsync(Uri address, Look look, Func<WatchedPage, Task> test)
    {
        await using WatchedPage page = await OpenAsync(address, look);
        await test(page);
        page.AssertQuiet();
    }

    private async Task<WatchedPage> OpenAsync(Uri address, Look look)
    {
        Assert.SkipWhen(_browser is null, _reason);
        IBrowserContext context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = look.Width, Height = look.Height },
            ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = look.RunsScripts,
        });
        context.SetDefaultTimeout(PatienceMilliseconds);
        WatchedPage page = new(await context.NewPageAsync(), address);
        await page.GoAsync();
        return page;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => s_programs.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
