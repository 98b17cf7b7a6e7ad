using System.Text.RegularExpressions;

namespace Avion.Browser.Tests;

/// <summary>The board's pages show what runs have written, and follow them.</summary>
public sealed class BoardPageTests(Chromium browser) : IAsyncLifetime
{
    private Board _board = null!;
    private RunFolder _run = null!;

    public async ValueTask InitializeAsync()
    {
        _board = await Board.StartAsync();
        _run = _board.AddTraining("growing");
        RunFolder other = _board.Add("finished", 200);
        other.Step(100, 3);
        other.Step(200, 2.5);
        other.End(200, "completed");
        _run.Write("recipe.yaml", "name: growing\ntrain:\n  epochs: 3\n  batch_size: 64\n");
        other.Write("recipe.yaml", "name: finished\ntrain:\n  epochs: 3\n  batch_size: 16\n");
    }

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public Task The_list_shows_the_figures_of_each_run_and_follows_them() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        ILocator row = page[".run"].Filter(new() { HasText = "growing" });
        await Assertions.Expect(row).ToContainTextAsync("step 400 of 1000");
        await Assertions.Expect(row).ToContainTextAsync("0.438");
        await Assertions.Expect(row).ToContainTextAsync("running");
        await Assertions.Expect(page[".run"].Filter(new() { HasText = "finished" }).Locator(".figure").First).ToContainTextAsync("2.5");
        await page.KeepPictureAsync("runs");

        // The focus stays where it is while figures change.
        await row.GetByRole(AriaRole.Checkbox).FocusAsync();
        _run.Step(410, 0.125);
        await Assertions.Expect(row).ToContainTextAsync("step 410 of 1000");
        await Assertions.Expect(row.Locator(".figure").First).ToContainTextAsync("0.125");
        await Assertions.Expect(row.GetByRole(AriaRole.Checkbox)).ToBeFocusedAsync();
    });

    [Fact]
    public Task Charts_are_drawn_with_the_figures_of_the_run_and_grow_with_it() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("Canvas2D: Multiple readback");
        await page.Page.GetByText("growing", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page["h1"]).ToHaveTextAsync("growing");
        DrawnChart loss = new(page, "Loss");
        double?[][] points = await loss.PointsAsync();
        Assert.Equal(Enumerable.Range(1, 40).Select(line => 10.0 * line), points.Select(point => point[0]!.Value));
        Assert.All(points, point => Assert.Equal(Board.LossAt(point[0]!.Value), point[1]!.Value, 1e-12));
        Assert.InRange(await loss.DistanceFromLineColourAsync(100, Board.LossAt(100)), 0, 60);
        Assert.InRange(await loss.DistanceFromLineColourAsync(100, Board.LossAt(100), below: 12), 100, 442);
        await Assertions.Expect(loss.Element).ToHaveAttributeAsync("aria-label", new Regex(@"^Loss\. loss: 3\.805 at step 10, 0\.5413 at 400, between 0\.5413 and 3\.805"));
        await Assertions.Expect(page[".tiles"]).ToContainTextAsync("0.438");
        await page.KeepPictureAsync("run");

        // A value that is no number is a gap: the keys step over it.
        _run.Step(410, double.NaN);
        _run.Step(420, 0.25);
        await Assertions.Expect(page[".whole"]).ToContainTextAsync("step 420 of 1000");
        await Assertions.Expect(loss.Element).ToHaveAttributeAsync("aria-label", new Regex("0.25 at 420, between .*, with 1 not finite"));
        points = await loss.PointsAsync();
        Assert.Equal((42, null, 0.25), (points.Length, points[40][1], points[41][1]));
        await loss.Element.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(page[".chart-tip"]).ToContainTextAsync("step 400");

        _run.End(420, "completed");
        await Assertions.Expect(page[".head .pill"]).ToContainTextAsync("completed");
    });

    [Fact]
    public Task Curves_lie_over_time_and_are_smoothed_as_one_wishes() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        await page.Page.GetByText("growing", new() { Exact = true }).ClickAsync();
        DrawnChart loss = new(page, "Loss");
        await loss.Element.Locator("canvas").WaitForAsync();
        await page.Page.GetByLabel("Smoothing of curves").FillAsync("0.5");

        // The mean of all before, weighted by powers of a half.
        double[] losses = [.. Enumerable.Range(1, 40).Select(line => Board.LossAt(10 * line))];
        double expected = Enumerable.Range(0, 40).Sum(i => losses[i] * Math.Pow(0.5, 39 - i)) / Enumerable.Range(0, 40).Sum(i => Math.Pow(0.5, 39 - i));
        Assert.Equal(expected, (await loss.PointsAsync())[39][1]!.Value, 1e-9);

        await page.Page.GetByLabel("time", new() { Exact = true }).CheckAsync();
        await Assertions.Expect(loss.Element).ToHaveAttributeAsync("aria-label", new Regex("at minutes 0,"));
        Assert.Equal(39 / 60.0, (await loss.PointsAsync())[39][0]!.Value, 1e-6);
    });

    [Fact]
    public Task Runs_are_compared_by_curves_and_by_their_recipes() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        await page.Page.GetByLabel("Compare growing").CheckAsync();
        await Assertions.Expect(page["a.button"]).ToBeHiddenAsync();
        await page.Page.GetByLabel("Compare finished").CheckAsync();
        await page.Page.GetByText("Compare 2 runs").ClickAsync();
        DrawnChart loss = new(page, "Loss");
        Assert.Equal(40, (await loss.PointsAsync()).Length);
        Assert.Equal(["growing", "finished"], await loss.LinesAsync());
        await Assertions.Expect(page.Page).ToHaveTitleAsync("growing, finished · Avion board");
        Assert.Equal([[100, 3], [200, 2.5]], await loss.PointsAsync(line: 1));
        ILocator differences = page.Page.GetByRole(AriaRole.Region, new() { Name = "Differences of the recipes" }).Locator("tbody tr");
        Assert.Equal(["name\tgrowing\tfinished", "train.batch_size\t64\t16"], await differences.EvaluateAllAsync<string[]>(
            "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent).join('\\t'))"));
        await Assertions.Expect(page["main"]).ToContainTextAsync("One other key is equal.");
        await page.KeepPictureAsync("compare");
    });

    [Fact]
    public Task Where_smaller_is_better_that_is_told_and_no_bar_is_drawn() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        RunFolder error = _board.Add("filled", 10);
        error.Append("resumed", 0, [], new() { ["smaller_is_better"] = "recall_at_1" });
        error.Step(10, 0.5);
        error.Evaluation(10, recall: 0.174, chance: 0.273);
        ILocator row = page[".run"].Filter(new() { HasText = "filled" });
        await Assertions.Expect(row).ToContainTextAsync("chance 0.273, smaller is better");
        await Assertions.Expect(row.Locator(".meter")).ToHaveCountAsync(0);
        await Assertions.Expect(page[".run"].Filter(new() { HasText = "growing" }).Locator(".meter")).ToHaveCountAsync(1);
        await row.Locator(".name").ClickAsync();
        await Assertions.Expect(page[".tiles"]).ToContainTextAsync("smaller is better");
        await page["nav a"].Filter(new() { HasText = "Evaluation" }).ClickAsync();
        await Assertions.Expect(page["main table"].First).ToContainTextAsync("recall@1 (smaller is better)");
        await page["nav a"].Filter(new() { HasText = "Log" }).ClickAsync();
        await Assertions.Expect(page["main"]).Not.ToContainTextAsync("recall_at_1");
    });

    [Fact]
    public Task A_run_that_goes_while_it_is_looked_at_is_told_and_leaves_the_list() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("404");
        await page.Page.GetByText("growing", new() { Exact = true }).ClickAsync();
        await page[".chart canvas"].First.WaitForAsync();
        Directory.Delete(Path.GetDirectoryName(_run.Log)!, recursive: true);
        await Assertions.Expect(page["[role=alert]"].First).ToHaveTextAsync("There is no such run, or it is gone.");
        await page.Page.GetByText("← All runs").ClickAsync();
        await Assertions.Expect(page[".run"]).ToHaveCountAsync(1);
    });

    [Fact]
    public Task A_board_that_ends_is_told_and_one_that_comes_back_is_followed_again() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        page.Expect("Failed to load resource");
        await Assertions.Expect(page[".run"]).ToHaveCountAsync(2);
        await _board.RestartAsync(() => Assertions.Expect(page["#link"]).ToHaveTextAsync("No answer from avion board; still trying."));
        _run.Step(410, 0.125);
        await Assertions.Expect(page[".run"].Filter(new() { HasText = "growing" })).ToContainTextAsync("step 410 of 1000");
        await Assertions.Expect(page["#link"]).ToBeEmptyAsync();
    });

    [Fact]
    public Task Damaged_files_are_told_and_the_rest_is_shown() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        File.AppendAllText(_run.Log, "{{{ no line of a log\n\0\0\0\n");
        _run.Write("recipe.yaml", "\0\u0001[[[\n");
        _run.Write("memory.json", "{\"step_bytes\":");
        _run.Step(410, 0.125);
        File.AppendAllText(_run.Log, "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"st");
        await page.Page.GetByText("growing", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page[".whole"]).ToContainTextAsync("step 410 of 1000");
        Assert.Equal(41, (await new DrawnChart(page, "Loss").PointsAsync()).Length);
        await page["nav a"].Filter(new() { HasText = "Log" }).ClickAsync();
        await Assertions.Expect(page["main"]).ToContainTextAsync("2 lines of log.jsonl are damaged and left out.");
        await page["nav a"].Filter(new() { HasText = "Recipe" }).ClickAsync();
        await Assertions.Expect(page["main"]).ToContainTextAsync("The run folder holds no recipe that can be read.");
    });

    [Fact]
    public Task A_hundred_runs_are_listed_and_found() => browser.ShowAsync(_board.Address, new Look { Width = Look.NarrowWidth }, async page =>
    {
        for (int run = 0; run < 98; run++)
        {
            _board.Add($"many/run-{run:00}", 10).Step(5, run);
        }

        await Assertions.Expect(page[".run"]).ToHaveCountAsync(100);
        await page.Page.GetByLabel("Find").FillAsync("run-4");
        await Assertions.Expect(page[".run:visible"]).ToHaveCountAsync(10);
        await Assertions.Expect(page[".run:visible"].First).ToContainTextAsync("many/run-4");
        await page.AssertFitsAsync();
    });

    [Fact]
    public Task Of_a_run_of_a_million_steps_every_peak_is_drawn() => browser.ShowAsync(_board.Address, new Look(), async page =>
    {
        const int lines = 100_000, peak = 77_770;
        RunFolder run = _board.Add("long", 10 * lines);
        run.Steps(lines, every: 10, line => line == peak ? 99 : line == 33_333 ? double.NaN : 1 + (0.5 * Math.Sin(line)));
        await Assertions.Expect(page[".run"].Filter(new() { HasText = "long" })).ToContainTextAsync("step 1000000 of 1000000");
        await page.Page.GetByText("long", new() { Exact = true }).ClickAsync();
        double?[][] points = await new DrawnChart(page, "Loss").PointsAsync();
        Assert.InRange(points.Length, 600, 902);
        Assert.Contains(points, point => point is [10.0 * peak, 99]);
        Assert.Contains(points, point => point is [333_330, null]);
        Assert.Equal((10, 1_000_000), (points[0][0], points[^1][0]));
    });
}
