namespace Avion.Training;

/// <summary>A checkpoint whose files have been found undamaged.</summary>
public sealed record LoadedCheckpoint(string Folder, CheckpointState State)
{
    private const int LargestStateBytes = 16 << 20;
    private const int ShownDigits = 12;

    /// <summary>The weights.</summary>
    public string ModelPath => Path.Combine(Folder, CheckpointStore.ModelFile);

    /// <summary>The recipe.</summary>
    public string RecipePath => Path.Combine(Folder, CheckpointStore.RecipeFile);

    /// <summary>The optimizer's states.</summary>
    public string OptimizerPath => Path.Combine(Folder, CheckpointStore.OptimizerFile);

    /// <summary>Reads a checkpoint's state, and every file through to compare it with its digest.</summary>
    /// <exception cref="RunException">The folder is no checkpoint or is damaged.</exception>
    internal static LoadedCheckpoint Read(string folder) => Guard(folder, () =>
    {
        CheckpointState state = StateOf(folder);
        foreach ((string name, FileDigest expected) in state.Files)
        {
            FileDigest found = FileDigest.Of(Path.Combine(folder, name));
            if (found != expected)
            {
                throw new InvalidDataException($"'{name}' has {found.Bytes} bytes and digest {Short(found.Sha256)}, "
                    + $"expected {expected.Bytes} bytes and {Short(expected.Sha256)}.");
            }
        }

        return new LoadedCheckpoint(folder, state);
    });

    /// <summary>Reads a checkpoint's state alone, and looks at the sizes of the other files: quick, however large they are.</summary>
    /// <exception cref="RunException">The folder is no checkpoint or is damaged.</exception>
    internal static CheckpointState ReadState(string folder) => Guard(folder, () => StateOf(folder));

    /// <summary>The beginning of a digest, which tells two apart in a sentence.</summary>
    private static string Short(string? digest) => digest is { Length: > ShownDigits } ? digest[..ShownDigits] + "…" : $"{digest}";

    private static CheckpointState StateOf(string folder)
    {
        byte[] json = RegularFile.ReadAllBytes(Path.Combine(folder, CheckpointStore.StateFile), LargestStateBytes);
        CheckpointState state = CheckpointState.Parse(json);
        // Checkpoints of format 1 have no digest of their state.
        string sums = Path.Combine(folder, CheckpointStore.SumsFile);
        if ((state.Format > 1 || FileStatus.Of(sums).Kind != FileKind.Missing)
            && Encoding.UTF8.GetString(RegularFile.ReadAllBytes(sums, LargestStateBytes)) != state.Sums(json))
        {
            throw new InvalidDataException($"'{CheckpointStore.StateFile}' and the digests in '{CheckpointStore.SumsFile}' do not agree.");
        }

        // Only now: a changed digit is damage, and a newer format one that its digests agree with.
        if (state.Format is < 1 or > CheckpointState.CurrentFormat)
        {
            throw new RunException($"Checkpoint '{folder}' has format {state.Format}, expected at most {CheckpointState.CurrentFormat}: it "
                + "needs a newer version of Avion.");
        }

        foreach ((string name, FileDigest expected) in state.Files)
        {
            FileStatus found = FileStatus.Of(Path.Combine(folder, name));
            if (found.Kind == FileKind.File && found.Length != expected.Bytes)
            {
                throw new InvalidDataException($"'{name}' has {found.Length} bytes, expected {expected.Bytes}.");
            }

            RegularFile.Open(Path.Combine(folder, name)).Dispose();
        }

        return state;
    }

    private static T Guard<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or JsonException)
        {
            throw new RunException($"Checkpoint '{folder}' is damaged: {error.Message}", error);
        }
    }
}
