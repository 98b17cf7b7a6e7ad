using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Avion.Dashboard;

/// <summary>Requests for the clips of runs: rankings, pictures, playing, searching.</summary>
/// <param name="opener">Opens clips; null where that cannot be done.</param>
internal sealed class GalleryRoutes(IClipGalleryOpener? opener) : IAsyncDisposable
{
    /// <summary>A page of another site cannot send it without being asked whether it may, and is not let.</summary>
    private const string OwnHeader = "X-Avion-Board";

    private const int MostOpen = 3;
    private const int MostRows = 50;
    private const int UsualRows = 8;
    private const int LongestQuery = 1000;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly List<(string Run, GallerySession Session)> _open = [];

    public void Map(WebApplication application, Func<Func<HttpContext, BoardRun, Task>, RequestDelegate> ofRun)
    {
        application.MapGet("/api/runs/{run}/clips", ofRun(State));
        application.MapPost("/api/runs/{run}/clips", ofRun(OpenAsync));
        application.MapGet("/api/runs/{run}/clips/map", ofRun(OfView((context, view) =>
            Answer.Object(context, GalleryMap.Of(view), BoardJson.Default.GalleryMap))));
        application.MapGet("/api/runs/{run}/clips/rankings", ofRun(OfView(Rankings)));
        application.MapGet("/api/runs/{run}/clips/search", ofRun(OfView(Search)));
        application.MapGet("/api/runs/{run}/clips/{clip:int}/picture", ofRun(OfView(Picture)));
        application.MapGet("/api/runs/{run}/clips/{clip:int}/times", ofRun(OfView(Times)));
        application.MapGet("/api/runs/{run}/clips/{clip:int}/video", ofRun(OfView(VideoAsync)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((_, GallerySession session) in _open)
        {
            await session.DisposeAsync();
        }

        _turn.Dispose();
    }

    private GallerySession? Find(BoardRun run)
    {
        lock (_lock)
        {
            return _open.Find(open => open.Run == run.Id).Session;
        }
    }

    private Task State(HttpContext context, BoardRun run) => Answer.Object(context, StateOf(run), BoardJson.Default.GalleryState);

    private GalleryState StateOf(BoardRun run) => opener is null ? new GalleryState("unavailable") { Message = "This board was started without models." }
        : Find(run)?.State ?? (opener.ObstacleOf(run.Folder) is { } obstacle ? new GalleryState("unavailable") { Message = obstacle } : new GalleryState("none"));

    private async Task OpenAsync(HttpContext context, BoardRun run)
    {
        if (context.Request.Headers[OwnHeader].Count == 0)
        {
            await Answer.Problem(context, StatusCodes.Status403Forbidden, "The board answers to its own pages alone.");
            return;
        }

        if (opener is not null)
        {
            List<GallerySession> closed = [];
            lock (_lock)
            {
                int own = _open.FindIndex(open => open.Run == run.Id);
                if (own >= 0 && _open[own].Session.HasFailed)
                {
                    closed.Add(_open[own].Session);
                    _open.RemoveAt(own);
                    own = -1;
                }

                if (own < 0)
                {
                    if (_open.Count == MostOpen)
                    {
                        closed.Add(_open[0].Session);
                        _open.RemoveAt(0);
                    }

                    _open.Add((run.Id, new GallerySession(opener, run.Folder, _turn)));
                }
            }

            foreach (GallerySession session in closed)
            {
                await session.DisposeAsync();
            }
        }

        await State(context, run);
    }

    /// <summary>Answers from the clips of a run, where they are there.</summary>
    private Func<HttpContext, BoardRun, Task> OfView(Func<HttpContext, GalleryView, Task> answer) => (context, run) =>
        Find(run)?.View is { } view ? OfOpen(context, run, view, answer) : NotOpen(context, run);

    /// <summary>Clips of other runs may take the place of these at any time.</summary>
    private async Task OfOpen(HttpContext context, BoardRun run, GalleryView view, Func<HttpContext, GalleryView, Task> answer)
    {
        try
        {
            await answer(context, view);
        }
        catch (ObjectDisposedException) when (!context.Response.HasStarted)
        {
            await NotOpen(context, run);
        }
        catch (Exception error) when (error is not OperationCanceledException && !context.Response.HasStarted)
        {
            // Whatever a model or its data has, the page says so and the board goes on.
            await Answer.Problem(context, StatusCodes.Status500InternalServerError, error.Message);
        }
    }

    private Task NotOpen(HttpContext context, BoardRun run) => Answer.Problem(context, StatusCodes.Status409Conflict, StateOf(run) switch
    {
        { Message: { Length: > 0 } obstacle } => obstacle,
        { Word: "working" } => "The clips of this run are still being opened; ask again in a moment.",
        _ => $"The clips of this run are not open. Open them first; those of {MostOpen} runs stay open at a time, the longest open ones give way.",
    });

    private static Task Rankings(HttpContext context, GalleryView view)
    {
        IQueryCollection query = context.Request.Query;
        int offset = Number(query["offset"], 0, int.MaxValue, 0), count = Number(query["count"], 1, MostRows, UsualRows);
        return Answer.Object(context, GalleryRankings.Of(view, query["by"] == "clip", query["show"] != "hits", offset, count),
            BoardJson.Default.GalleryRankings);
    }

    private static Task Search(HttpContext context, GalleryView view)
    {
        string query = context.Request.Query["q"].ToString().Trim();
        return !view.Contents.ReadsText ? Answer.Problem(context, StatusCodes.Status400BadRequest, "This model reads no text.")
            : query.Length is 0 or > LongestQuery ? Answer.Problem(context, StatusCodes.Status400BadRequest, "Write a text of up to 1000 characters.")
            : Answer.Object(context, GalleryHits.Of(view, query), BoardJson.Default.GalleryHits);
    }

    private static Task Picture(HttpContext context, GalleryView view)
    {
        if (ClipOf(context, view) is not { } clip)
        {
            return Answer.NotFound(context, "There is no such clip.");
        }

        try
        {
            byte[] picture = view.Gallery.Picture(clip, context.RequestAborted);
            return Answer.Bytes(context, picture, PictureType.Of(picture));
        }
        catch (IOException error)
        {
            return Answer.NotFound(context, error.Message);
        }
    }

    private static Task Times(HttpContext context, GalleryView view) =>
        ClipOf(context, view) is { } clip
            ? Answer.Object(context, GalleryTimes.Of(Playable(view, clip)), BoardJson.Default.GalleryTimes)
            : Answer.NotFound(context, "There is no such clip.");

    /// <summary>Sends the file that holds a clip of the run: the number names it, and no request names a path.</summary>
    private static Task VideoAsync(HttpContext context, GalleryView view) =>
        ClipOf(context, view) is { } clip && Playable(view, clip) is { } playable
            ? TypedResults.PhysicalFile(playable.Path, VideoType(playable.Path), enableRangeProcessing: true).ExecuteAsync(context)
            : Answer.NotFound(context, "This clip lies where a browser cannot play it.");

    /// <summary>The file of a clip, where there is one that a browser may play.</summary>
    private static PlayableClip? Playable(GalleryView view, int clip) =>
        view.Gallery.Play(clip) is { } playable && VideoType(playable.Path) is not null && File.Exists(playable.Path) ? playable : null;

    private static int? ClipOf(HttpContext context, GalleryView view) =>
        int.TryParse((string?)context.Request.RouteValues["clip"], NumberStyles.None, CultureInfo.InvariantCulture, out int clip)
            && clip < view.Contents.Clips.Count ? clip : null;

    private static string? VideoType(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" or ".m4v" => "video/mp4",
        ".mov" => "video/quicktime",
        ".webm" => "video/webm",
        _ => null,
    };

    private static int Number(string? text, int least, int most, int otherwise) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Clamp(number, least, most) : otherwise;
}

/// <summary>Where a clip lies in its file.</summary>
/// <param name="IsPlayable">Whether a browser can play the file; the frames that the model sees are always there.</param>
/// <param name="StartSeconds">Begin of the clip in the file.</param>
/// <param name="EndSeconds">Its end.</param>
internal sealed record GalleryTimes(bool IsPlayable, double StartSeconds, double EndSeconds)
{
    public static GalleryTimes Of(PlayableClip? clip) => new(clip is not null, clip?.StartSeconds ?? 0, clip?.EndSeconds ?? 0);
}
