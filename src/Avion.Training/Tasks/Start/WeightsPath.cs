namespace Avion.Training;

/// <summary>The file of weights that a path of the user's names.</summary>
public static class WeightsPath
{
    /// <summary>The file itself; of a checkpoint its weights, of a run those of its best checkpoint, else of its newest.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="RunException">The folder is neither a checkpoint nor a run with checkpoints.</exception>
    public static string Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return CheckpointStore.TryFind(path) is { } pointed ? Path.Combine(pointed, Checkpoint.FileName)
                : File.Exists(path) ? path
                : throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
        }

        string beside = Path.Combine(path, Checkpoint.FileName);
        return File.Exists(beside) ? beside : Path.Combine(CheckpointStore.Find(path), Checkpoint.FileName);
    }
}
