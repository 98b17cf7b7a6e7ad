namespace Avion.Models;

/// <summary>The weights of a model on their way to other programs, under Avion's own names; they stay
/// in their file until they are written.</summary>
internal sealed class ExportSource : IDisposable
{
    private readonly TensorArchive _archive;

    private ExportSource(TensorArchive archive, ModelArchitecture architecture)
    {
        (_archive, Architecture) = (archive, architecture);
        Weights = WeightSet.From(archive);
    }

    public string Path => _archive.Path;

    public ModelArchitecture Architecture { get; }

    public WeightSet Weights { get; }

    /// <summary>Opens a file that describes itself.</summary>
    /// <exception cref="CheckpointException">It is damaged, or does not say what it holds.</exception>
    public static ExportSource Open(string path)
    {
        TensorArchive archive = TensorArchive.Open(path);
        try
        {
            return new ExportSource(archive, Checkpoint.RequireArchitecture(archive));
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public void Dispose() => _archive.Dispose();
}
