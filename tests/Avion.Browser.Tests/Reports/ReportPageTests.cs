using Avion.App.Tests;

namespace Avion.Browser.Tests;

/// <summary>Reports as people read them: light, dark, narrow, by keyboard, on paper, and without scripts.</summary>
public sealed class ReportPageTests(Chromium browser) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(Look.NarrowWidth, false)]
    public Task Everything_is_drawn_fits_and_can_be_read(int width, bool isDark) => Show(new() { Width = width, IsDark = isDark }, async page =>
    {
        await page.AssertAccessibleAsync();
        await page.AssertFitsAsync();
        await page.KeepPictureAsync($"report-{width}-{(isDark ? "dark" : "light")}");
        int charts = await page[".chart"].CountAsync();
        Assert.InRange(charts, 5, 20);
        Assert.Equal(charts, await page[".chart canvas"].CountAsync());

        // Each chart: whether something is drawn, the room between legend and curves, and the smallest letters.
        JsonElement drawn = await page.Page.EvaluateAsync<JsonElement>("""
            [...document.querySelectorAll(".chart")].map((element) => {
              const chart = echarts.getInstanceByDom(element), canvas = element.querySelector("canvas"), model = chart.getModel();
              const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              const legend = model.getComponent("legend"), grid = model.getComponent("grid").coordinateSystem.getRect();
              const box = legend ? chart.getViewOfComponentModel(legend).group : null;
              const sizes = [];
              JSON.stringify(chart.getOption(), (key, value) => { if (key === "fontSize") { sizes.push(value); } return value; });
              return {
                ink: pixels.some((value) => value !== 0), label: element.getAttribute("aria-label") ?? "",
                room: box ? grid.y - (box.y + box.getBoundingRect().height) : 1, smallest: Math.min(...sizes),
              };
            })
            """);
        Assert.All(drawn.EnumerateArray(), chart =>
        {
            Assert.True(chart.GetProperty("ink").GetBoolean());
            Assert.NotEmpty(chart.GetProperty("label").GetString()!);
            Assert.True(chart.GetProperty("room").GetDouble() >= 0, $"The legend of '{chart.GetProperty("label")}' reaches into the curves.");
            Assert.InRange(chart.GetProperty("smallest").GetDouble(), 12, 30);
        });
        Assert.InRange(await page.Page.EvaluateAsync<double>("""
            Math.min(...[...document.querySelectorAll("main *")].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
              .map((element) => parseFloat(getComputedStyle(element).fontSize)))
            """), 12, 30);
        Assert.True(await page.Page.EvaluateAsync<bool>("[...document.images].every((image) => image.complete && image.naturalWidth > 0 && image.alt)"));
    });

    [Fact]
    public Task Arrow_keys_walk_along_a_curve_and_folded_figures_open_by_keyboard() => Show(new(), async page =>
    {
        ILocator chart = page[".chart"].Nth(1);
        await chart.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(chart.Locator(".chart-tip")).ToContainTextAsync("step 400");
        ILocator figures = page["details"].Filter(new() { HasText = "Figures of “Loss”" });
        await figures.Locator("summary").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(figures.Locator("table")).ToBeVisibleAsync();
    });

    [Fact]
    public Task Paper_has_the_figures_that_are_folded_on_screens() => Show(new(), async page =>
    {
        ILocator figures = page["details table"].First;
        await Assertions.Expect(figures).Not.ToBeVisibleAsync();
        await page.Page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        await Assertions.Expect(figures).ToBeVisibleAsync();
        await page.Page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        await Assertions.Expect(figures).Not.ToBeVisibleAsync();
    });

    [Fact]
    public Task Without_scripts_there_are_tables_in_place_of_charts() => Show(new() { RunsScripts = false }, async page =>
    {
        await Assertions.Expect(page[".chart"].First).Not.ToBeVisibleAsync();
        await page["summary"].Filter(new() { HasText = "Figures of “Loss”" }).ClickAsync();
        await Assertions.Expect(page["details[open] table"].First).ToContainTextAsync("400");
    });

    private async Task Show(Look look, Func<WatchedPage, Task> test)
    {
        RunFolder run = new(_folder.File("run"), "a try with a rather long name, to see where it breaks", 400);
        for (int step = 10; step <= 400; step += 10)
        {
            run.Append("step", step, new()
            {
                ["loss"] = 4 * Math.Exp(-step / 200.0), ["clips_per_second"] = 500 + (step % 70), ["data_wait_fraction"] = 0.02, ["step_milliseconds"] = 40,
                ["compute_milliseconds"] = 35, ["learning_rate"] = 1e-3, ["gradient_norm"] = step == 200 ? double.NaN : 2,
            });
        }

        run.Evaluation(200, recall: 0.25, chance: 0.015625);
        run.Evaluation(400, recall: 0.4375, chance: 0.015625);
        run.End(400, "completed");
        run.Write("recipe.yaml", $"name: \"a try\"\ndata:\n  videos: \"{new string('v', 120)}\"\n");
        using DrawnGallery clips = DrawnGallery.Captions(clips: 24, answers: 8, noise: 0.8);
        RunReport report = RunReport.Read(_folder.File("run"), new ReportFindings { Gallery = clips, RecipeChanges = [new("data.videos", new string('v', 120), "\"\"")] },
            DateTimeOffset.UtcNow);
        string path = _folder.File("report.html");
        File.WriteAllText(path, report.ToHtml(TestContext.Current.CancellationToken));
        await browser.ShowAsync(new Uri(path), look, test);
    }
}
