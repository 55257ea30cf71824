import { describeAugmentation } from '../../shared/augmentation.testing';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's3', strength: 3 });
