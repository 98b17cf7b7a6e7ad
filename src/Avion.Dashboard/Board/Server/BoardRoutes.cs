using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Avion.Dashboard;

/// <summary>Which request gets which answer.</summary>
internal sealed class BoardRoutes : IAsyncDisposable
{
    private readonly RunCatalogue _catalogue;
    private readonly BoardPages _pages = new();
    private readonly GalleryRoutes _galleries;

    public BoardRoutes(BoardOptions options)
    {
        _catalogue = new RunCatalogue(options.Runs, options.Time);
        _galleries = new GalleryRoutes(options.Galleries);
    }

    /// <summary>Adds the board's addresses.</summary>
    public void Map(WebApplication application)
    {
        application.MapGet("/api/runs", (RequestDelegate)Runs);
        application.MapGet("/api/compare", (RequestDelegate)Compare);
        application.MapGet("/api/runs/{run}", OfRun((context, run) =>
            Answer.Object(context, RunDetail.Of(run, IsByTime(context)), BoardJson.Default.RunDetail)));
        _galleries.Map(application, OfRun);
        application.MapFallback("{*path}", (RequestDelegate)_pages.AnswerAsync)
            .WithMetadata(new Microsoft.AspNetCore.Routing.HttpMethodMetadata(["GET", "HEAD"]));
    }

    public ValueTask DisposeAsync() => _galleries.DisposeAsync();

    private Task Runs(HttpContext context) => Answer.Object(
        context, new RunList(_catalogue.Roots, [.. _catalogue.Runs().Where(run => run.Exists).Select(RunSummary.Of)]),
        BoardJson.Default.RunList);

    private Task Compare(HttpContext context)
    {
        string?[] asked = [.. context.Request.Query["run"]];
        BoardRun[] runs = [.. asked.Take(RunComparison.MostRuns).Select(id => _catalogue.Find(id ?? "")).OfType<BoardRun>()
            .DistinctBy(run => run.Id)];
        return runs.Length == 0
            ? Answer.NotFound(context, "None of these runs is there.")
            : Answer.Object(context, RunComparison.Of(runs, IsByTime(context)), BoardJson.Default.RunComparison);
    }

    /// <summary>Answers for the run that the address names.</summary>
    private RequestDelegate OfRun(Func<HttpContext, BoardRun, Task> answer) => context =>
        _catalogue.Find((string)context.Request.RouteValues["run"]!) is { } run
            ? answer(context, run)
            : Answer.NotFound(context, "There is no such run, or it is gone.");

    private static bool IsByTime(HttpContext context) => context.Request.Query["x"] == "time";
}
