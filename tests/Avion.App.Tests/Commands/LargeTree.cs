namespace Avion.App.Tests;

/// <summary>Twenty thousand files, each of which libavformat or ffprobe looks at, and none of which is a video; made when it is first asked for.</summary>
public sealed class LargeTree : IDisposable
{
    private const int Folders = 40, FilesOfFolder = 500;

    private readonly Lazy<TemporaryFolder> _folder = new(Make);

    public string FullName => _folder.Value.FullName;

    public void Dispose()
    {
        if (_folder.IsValueCreated)
        {
            _folder.Value.Dispose();
        }
    }

    private static TemporaryFolder Make()
    {
        TemporaryFolder tree = new();
        for (int folder = 0; folder < Folders; folder++)
        {
            Directory.CreateDirectory(tree.File($"d{folder}"));
            for (int file = 0; file < FilesOfFolder; file++)
            {
                File.WriteAllText(tree.File($"d{folder}", $"{file}.mkv"), "no video");
            }
        }

        return tree;
    }
}
