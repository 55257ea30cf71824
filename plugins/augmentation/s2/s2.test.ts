import { describeAugmentation } from '../../shared/augmentation.testing';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's2', strength: 2 });
