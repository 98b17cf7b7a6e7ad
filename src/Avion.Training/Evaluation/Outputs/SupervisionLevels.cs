namespace Avion.Training;

/// <summary>What a submission to an EPIC-KITCHENS challenge says of its supervision, each a level from 0 to 5.</summary>
/// <param name="Pretraining">0 none; 1 public images; 2 public images and videos; 3 self-supervision on public data; 4 that and
/// EPIC-KITCHENS; 5 private data.</param>
/// <param name="Labels">0 none; 1 classes of videos; 2 narration times; 3 start and end times; 4 boxes too; 5 more knowledge.</param>
/// <param name="Data">0 none; 1 five examples a class; 2 a quarter; 3 the training set; 4 the validation set too; 5 more.</param>
public readonly record struct SupervisionLevels(int Pretraining, int Labels, int Data)
{
    /// <summary>Reads "2,3,3".</summary>
    public static bool TryParse(string text, out SupervisionLevels levels)
    {
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
                out int level)
                && level is >= 0 and <= 5 ? level : -1)];
        levels = numbers is [int pretraining, int labels, int data] ? new SupervisionLevels(pretraining, labels, data) : default;
        return numbers.Length == 3 && !numbers.Contains(-1);
    }
}
