using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>The files of an extraction while they grow: a matrix of each output, and JSON lines of rows, failures and predictions.</summary>
/// <remarks>Each is called like the file that it becomes, with <c>.partial</c> behind. What stands after the lengths of the last
/// <see cref="Sync"/> is of no worth: the next run cuts it off.</remarks>
internal sealed class FeatureSpool : IDisposable
{
    private const string Ending = ".partial";
    private const int BufferBytes = 1 << 20;

    private readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);
    private readonly string _folder;

    /// <summary>Opens the files, cut to the lengths that are known to be whole.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <param name="outputs">Matrices.</param>
    /// <param name="lengths">Bytes of each; those that are left out are empty.</param>
    /// <param name="predicts">Whether there are predictions.</param>
    /// <exception cref="RunException">A file is shorter, or another process writes it.</exception>
    public FeatureSpool(string folder, IReadOnlyList<StoredOutput> outputs, IReadOnlyDictionary<string, long> lengths, bool predicts)
    {
        _folder = folder;
        try
        {
            if (!predicts)
            {
                // Those of an extraction that was given up would be taken for this one's.
                File.Delete(PathOf(folder, PredictionLines.FileName));
            }

            string[] lines = [ClipLines.FileName, ClipLines.FailuresFileName, .. predicts ? (string[])[PredictionLines.FileName] : []];
            foreach (string name in outputs.Select(output => output.File).Concat(lines))
            {
                _files.Add(name, Open(name, lengths.GetValueOrDefault(name)));
            }

            foreach (StoredOutput output in outputs.Where(output => _files[output.File].Length == 0))
            {
                _files[output.File].Write(NumpyFile.MatrixHeader(0, output.Size));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A file, at its end.</summary>
    public FileStream this[string name] => _files[name];

    /// <summary>Where a file lies while it grows.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + Ending);

    /// <summary>Appends rows to a matrix.</summary>
    public void Append(StoredOutput output, ReadOnlySpan<float> values) => _files[output.File].Write(MemoryMarshal.AsBytes(values));

    /// <summary>Puts everything on the disk.</summary>
    /// <returns>Bytes of each file.</returns>
    public Dictionary<string, long> Sync()
    {
        foreach (FileStream file in _files.Values)
        {
            file.Flush(flushToDisk: true);
        }

        return _files.ToDictionary(file => file.Key, file => file.Value.Length);
    }

    /// <summary>Writes the number of rows into the headers of the matrices that are still growing.</summary>
    public static void WriteHeaders(string folder, ExtractionState state)
    {
        foreach (StoredOutput output in state.Outputs)
        {
            string path = PathOf(folder, output.File);
            if (File.Exists(path))
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.Write);
                file.Write(NumpyFile.MatrixHeader(state.Rows, output.Size));
                file.Flush(flushToDisk: true);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (FileStream file in _files.Values)
        {
            file.Dispose();
        }
    }

    private FileStream Open(string name, long length)
    {
        string path = PathOf(_folder, name);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, BufferBytes);
        }
        catch (IOException error)
        {
            throw new RunException($"Cannot write '{path}': {error.Message.TrimEnd('.')}. If another extraction runs in '{_folder}', wait for it or name "
                + "another folder.", error);
        }

        if (file.Length < length)
        {
            long found = file.Length;
            file.Dispose();
            throw new RunException($"'{path}' has {found} bytes, expected at least {length}, which an earlier run had written. Begin anew with --force.");
        }

        file.SetLength(length);
        file.Position = length;
        return file;
    }
}
