using Microsoft.AspNetCore.Http;

namespace Avion.Dashboard;

/// <summary>The board's page, its style and its scripts, all inside the program.</summary>
internal sealed class BoardPages
{
    private const string Prefix = "board/";

    private readonly Dictionary<string, (byte[] Content, string Type)> _files = [];

    public BoardPages()
    {
        foreach (string name in typeof(BoardPages).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            _files["/" + name[Prefix.Length..]] = (PageFiles.Bytes(name), TypeOf(name));
        }

        _files["/"] = _files["/index.html"];
    }

    /// <summary>Answers with the file of a path, where there is one; paths are looked up, never joined.</summary>
    public Task AnswerAsync(HttpContext context) =>
        _files.TryGetValue(context.Request.Path.Value ?? "", out (byte[] Content, string Type) file)
        ? Answer.Bytes(context, file.Content, file.Type)
        : Answer.NotFound(context, "There is no such page.");

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
