namespace Avion.Browser.Tests;

/// <summary>Every page of the board in both colour schemes, on the narrowest screen, and by the keyboard alone.</summary>
public sealed class BoardLookTests(Chromium browser) : IAsyncLifetime
{
    private Board _board = null!;

    public async ValueTask InitializeAsync()
    {
        _board = await Board.StartAsync(new PlantedGallery());
        RunFolder run = _board.AddTraining("a-rather-long-name-of-a-run_without_any_place_to_break_it_in_two");
        run.Write("recipe.yaml", "name: first\ntrain:\n  epochs: 3\n  learning_rate_schedule: \"a-value-as-long-as-no-reader-would-ever-write-it\"\n");
        run.Write("memory.json", "{\"step_bytes\":37100000,\"batch_bytes\":10600000,\"total_bytes\":47700000}");
        run.Append("checkpoint", 400, new() { ["bytes"] = 7.7e6, ["seconds"] = 0.1, ["best"] = 1 }, new() { ["folder"] = "step-000400" });
        run.Append("warning", 400, [], new() { ["message"] = "<b>a warning</b> with a path: /a/folder/that/is/nowhere/and/has/no/end/video-000123456789.mp4" });
        RunFolder failed = _board.AddTraining("failed");
        failed.Append("ended", 400, [], new() { ["reason"] = "failed", ["message"] = "The loss went beyond all bounds." });
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Theory]
    [InlineData(false, 1280)]
    [InlineData(true, Look.NarrowWidth)]
    public Task Every_page_is_accessible_fits_and_can_be_read(bool isDark, int width) =>
        browser.ShowAsync(_board.Address, new Look { IsDark = isDark, Width = width }, async page =>
        {
            page.Expect("404");
            await Assertions.Expect(page[".run"]).ToHaveCountAsync(2);
            string[] runs = await page[".run .name"].EvaluateAllAsync<string[]>("links => links.map((link) => link.getAttribute('href'))");
            string shade = isDark ? "dark" : "light";
            await LookAsync(page, $"list-{shade}-{width}");
            foreach (string tab in (string[])["overview", "evaluation", "recipe", "log", "clips"])
            {
                await GoAsync(page, $"{runs[0]}/{tab}", tab is "overview" or "evaluation" ? ".chart canvas" : tab == "clips" ? ".button" : "main h2, main table");
                await LookAsync(page, $"{tab}-{shade}-{width}");
            }

            await page[".button"].Filter(new() { HasText = "Look at" }).ClickAsync();
            await page[".ranking"].First.WaitForAsync();
            await page[".map canvas"].WaitForAsync();
            await LookAsync(page, $"clips-open-{shade}-{width}");
            await GoAsync(page, $"#/compare?{string.Join('&', runs.Select(run => "run=" + run.Split('/')[^1]))}", ".chart canvas");
            await LookAsync(page, $"compare-{shade}-{width}");

            static async Task LookAsync(WatchedPage page, string name)
            {
                await page.KeepPictureAsync(name);
                await page.AssertFitsAsync();
                await page.AssertAccessibleAsync();
                Assert.Empty(await page.Page.EvaluateAsync<string[]>("""
                    () => [...document.querySelectorAll("main *, header *")]
                      .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
                      .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 12).map((element) => element.outerHTML.slice(0, 100))
                    """));
            }

            async Task GoAsync(WatchedPage page, string place, string awaited)
            {
                await page.Page.EvaluateAsync("place => { location.hash = place; }", place);
                await page[awaited].Locator("visible=true").First.WaitForAsync();
            }
        });

    [Fact]
    public Task The_colour_scheme_is_the_systems_until_the_reader_chooses_one() => browser.ShowAsync(_board.Address, new Look { IsDark = true }, async page =>
    {
        double dark = await BrightnessAsync(page);
        Assert.InRange(dark, 0, 60);
        ILocator button = page["#theme"];
        await button.ClickAsync();
        await Assertions.Expect(button).ToHaveAccessibleNameAsync("Theme: light");
        Assert.InRange(await BrightnessAsync(page), 200, 255);
        await page.Page.ReloadAsync();
        Assert.InRange(await BrightnessAsync(page), 200, 255);
        await button.ClickAsync();
        Assert.Equal(dark, await BrightnessAsync(page));

        static Task<double> BrightnessAsync(WatchedPage page) => page.Page.EvaluateAsync<double>(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part) / 3, 0)");
    });

    [Fact]
    public Task The_keyboard_alone_leads_to_everything() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("404");
        await Assertions.Expect(page[".run"]).ToHaveCountAsync(2);
        IKeyboard keys = page.Page.Keyboard;
        await keys.PressAsync("Tab");
        await Assertions.Expect(page[".skip"]).ToBeFocusedAsync();
        await Assertions.Expect(page[".skip"]).ToBeInViewportAsync();
        await keys.PressAsync("Enter");
        await Assertions.Expect(page["main"]).ToBeFocusedAsync();

        // The filter, a box to compare by, the run's name.
        await TabToAsync("#filter");
        await keys.TypeAsync("rather");
        await TabToAsync(".run input");
        await keys.PressAsync("Space");
        await Assertions.Expect(page[".run input:focus"]).ToBeCheckedAsync();
        await TabToAsync(".run .name");
        Assert.NotEqual("none", await page.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await keys.PressAsync("Enter");
        await page[".chart canvas"].First.WaitForAsync();

        // Along a curve, point by point.
        await TabToAsync(".chart");
        await keys.PressAsync("Home");
        await keys.PressAsync("ArrowRight");
        await Assertions.Expect(page[".chart-tip"].First).ToContainTextAsync("step 20");
        await Assertions.Expect(page[".chart-tip"].First).ToContainTextAsync("3.619");
        await keys.PressAsync("Escape");
        await Assertions.Expect(page[".chart-tip"].First).ToBeHiddenAsync();

        // To the clips, on the map, into a clip and out again.
        await TabToAsync("nav a[href$=clips]", "Shift+Tab");
        await keys.PressAsync("Enter");
        await TabToAsync(".button");
        await keys.PressAsync("Enter");
        await page[".map canvas"].WaitForAsync();
        await TabToAsync(".map");
        await keys.PressAsync("ArrowRight");
        await Assertions.Expect(page[".chart-tip:visible"]).ToContainTextAsync(PlantedGallery.ClipName(0));
        await keys.PressAsync("Enter");
        await Assertions.Expect(page["dialog"]).ToContainTextAsync(PlantedGallery.ClipName(0));
        await keys.PressAsync("Escape");
        await Assertions.Expect(page["dialog"]).ToHaveCountAsync(0);
        await Assertions.Expect(page[".map"]).ToBeFocusedAsync();

        async Task TabToAsync(string selector, string key = "Tab")
        {
            for (int presses = 0; presses < 60; presses++)
            {
                await keys.PressAsync(key);
                if (await page.Page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
                {
                    return;
                }
            }

            Assert.Fail($"{key} does not lead to {selector}.");
        }
    });
}
